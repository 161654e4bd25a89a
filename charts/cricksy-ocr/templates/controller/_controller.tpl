{{/* Settings of a pool that somebody scales: the defaults and what differs. {root, pool} */}}
{{- define "cricksy.pool" -}}
{{- $settings := mergeOverwrite (deepCopy .root.Values.worker.defaults) (deepCopy (index .root.Values.worker.pools .pool | default dict)) -}}
{{- if gt (int $settings.minReplicas) (int $settings.maxReplicas) }}{{ fail (printf "worker.pools.%s: minReplicas is above maxReplicas" .pool) }}{{ end -}}
{{- toYaml $settings -}}
{{- end -}}

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
