{{/* One of ours: {root, component}. A digest wins over the tag. */}}
{{- define "cricksy.image" -}}
{{- $image := .root.Values.image -}}
{{- $registry := default $image.registry .root.Values.global.imageRegistry -}}
{{- $digest := index $image.digests .component -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end -}}
cricksy-ocr-{{ .component }}
{{- if $digest }}@{{ $digest }}{{ else }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{/* One of others: {root, image}. */}}
{{- define "cricksy.foreignImage" -}}
{{- with .root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end }}{{ .image -}}
{{- end -}}

{{- define "cricksy.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
