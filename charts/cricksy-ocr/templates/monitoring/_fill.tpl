{{/* A file of rules with its placeholders filled: {root, path}. */}}
{{- define "cricksy.rules" -}}
{{- $text := .root.Files.Get .path -}}
{{- range $name, $limit := .root.Values.monitoring.rules.limits }}{{ $text = $text | replace (printf "$%s" $name) (toString $limit) }}{{ end -}}
{{- $text | replace "$scope" (printf "namespace=%q,release=%q" .root.Release.Namespace .root.Release.Name) -}}
{{- end -}}
