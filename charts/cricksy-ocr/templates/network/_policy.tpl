{{- define "cricksy.policyHead" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "cricksy.fullname" .root }}-{{ .component }}
  labels: {{ include "cricksy.labels" . | nindent 4 }}
spec:
  podSelector: { matchLabels: { {{- include "cricksy.selector" . | replace "\n" ", " }} } }
{{- end -}}

{{/* A rule to one thing that is ours or external: {root, inside, component, port, externalPort, to}. */}}
{{- define "cricksy.egressTo" -}}
{{- if .inside }}
- to: [{ podSelector: { matchLabels: { {{- include "cricksy.selector" . | replace "\n" ", " }} } } }]
  ports: [{ port: {{ .port }} }]
{{- else }}
- ports: [{ port: {{ .externalPort }} }]
  {{- with .to }}
  to: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "cricksy.egressDatabase" -}}
{{- include "cricksy.egressTo" (dict "root" . "inside" .Values.postgresql.enabled "component" "postgresql" "port" 5432 "externalPort" .Values.database.port "to" .Values.networkPolicy.databaseTo) -}}
{{- /* Past the pooler. */ -}}
{{- with .Values.database.directUrl -}}
{{- $port := regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default "5432" -}}
{{- include "cricksy.egressTo" (dict "inside" false "externalPort" $port "to" $.Values.networkPolicy.databaseTo) | nindent 0 -}}
{{- end -}}
{{- end -}}

{{- define "cricksy.egressBroker" -}}
{{- if eq .Values.broker.type "rabbitmq" -}}
{{- include "cricksy.egressTo" (dict "root" . "inside" .Values.rabbitmq.enabled "component" "rabbitmq" "port" 5672 "externalPort" .Values.broker.port "to" .Values.networkPolicy.brokerTo) -}}
{{- end -}}
{{- end -}}

{{- define "cricksy.egressObjects" -}}
{{- $url := urlParse (default "https://aws" .Values.objects.endpoint) -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- include "cricksy.egressTo" (dict "root" . "inside" .Values.objectStore.enabled "component" "objects" "port" 7070 "externalPort" $port "to" .Values.networkPolicy.objectsTo) -}}
{{- end -}}

{{- define "cricksy.ingressFrom" -}}
- from:
    {{- range .components }}
    - podSelector: { matchLabels: { {{- include "cricksy.selector" (dict "root" $.root "component" .) | replace "\n" ", " }} } }
    {{- end }}
  ports: [{ port: {{ .port }} }]
{{- end -}}

{{- define "cricksy.ingressMetrics" -}}
- from: {{ .root.Values.networkPolicy.metricsFrom | default (list (dict "namespaceSelector" dict)) | toYaml | nindent 4 }}
  ports: [{ port: {{ .port }} }]
{{- end -}}
