{{/*
`replicas` of a Deployment {root, name, wanted, owned, least}. A Deployment that loses the field falls to 1, so
where a scaler owns it the number that is running is written again, or
the least where somebody has scaled to zero by hand; nothing on the first install.
*/}}
{{- define "cricksy.replicas" -}}
{{- if .owned -}}
{{- $running := lookup "apps/v1" "Deployment" .root.Release.Namespace .name -}}
{{- if $running }}replicas: {{ max $running.spec.replicas .least }}{{ end -}}
{{- else -}}
replicas: {{ .wanted }}
{{- end -}}
{{- end -}}

{{/* Pools with the first one for new uploads. */}}
{{- define "cricksy.poolNames" -}}
{{- $names := list .Values.worker.defaultPool -}}
{{- if not (hasKey .Values.worker.pools .Values.worker.defaultPool) }}{{ fail "worker.defaultPool: no such pool in worker.pools" }}{{ end -}}
{{- range $name, $_ := .Values.worker.pools }}{{ if ne $name $.Values.worker.defaultPool }}{{ $names = append $names $name }}{{ end }}{{ end -}}
{{- join "," $names -}}
{{- end -}}
