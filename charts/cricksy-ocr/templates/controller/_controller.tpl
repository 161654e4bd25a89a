{{/* The way to the Kubernetes API. A policy sees the address behind the Service, so there are two usual ports. */}}
{{- define "cricksy.egressApiServer" -}}
- ports: {{ range .Values.controller.apiServer.ports }}
    - port: {{ . }}
  {{- end }}
  {{- with .Values.controller.apiServer.to }}
  to: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Labels and annotations of what is there for an upgrade only: {root, component, weight}. */}}
{{- define "cricksy.crdHook" -}}
labels: {{ include "cricksy.labels" . | nindent 2 }}
annotations:
  helm.sh/hook: pre-upgrade
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
