{{- define "cricksy.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of all names; short enough for what is appended, and what a Service may be called. */}}
{{- define "cricksy.fullname" -}}
{{- $name := include "cricksy.name" . -}}
{{- $whole := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $prefix := default $whole .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" $prefix) }}{{ fail (printf "no Service may be called %s-gateway: another release name or fullnameOverride (a-z, 0-9 and -, a letter first)" $prefix) }}{{ end -}}
{{- $prefix -}}
{{- end -}}

{{- define "cricksy.selector" -}}
app.kubernetes.io/name: {{ include "cricksy.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "cricksy.labels" -}}
{{ include "cricksy.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
