{{/* Settings of a pool that somebody scales: the defaults and what differs. {root, pool} */}}
{{- define "cricksy.pool" -}}
{{- $settings := mergeOverwrite (deepCopy .root.Values.worker.defaults) (deepCopy (index .root.Values.worker.pools .pool | default dict)) -}}
{{- if gt (int $settings.minReplicas) (int $settings.maxReplicas) }}{{ fail (printf "worker.pools.%s: minReplicas is above maxReplicas" .pool) }}{{ end -}}
{{- toYaml $settings -}}
{{- end -}}

{{/*
`replicas` of a Deployment {root, name, wanted, owned, least}, or nothing: a scaler's number is not touched. But a
Deployment that loses the field falls to 1, so once it was written it is written again, as what is running. Where nobody
scales, a number from elsewhere stays until another one is wanted. Zero is somebody's hand, who stopped all of it.
*/}}
{{- define "cricksy.replicas" -}}
{{- $there := lookup "apps/v1" "Deployment" .root.Release.Namespace .name | default dict -}}
{{- $running := dig "spec" "replicas" 0 $there | int -}}
{{- $before := dig "metadata" "annotations" "cricksy.org/replicas" "" $there -}}
{{- if not .owned -}}
{{- $kept := and (gt $running 0) (has $before (list "left" (toString .wanted))) -}}
replicas: {{ ternary $running .wanted $kept }}
{{- else if and $there (or (ne $before "left") (lt $running (int .least))) -}}
replicas: {{ max $running .least }}
{{- end -}}
{{- end -}}

{{/* Remembers what `replicas` came from: the number that was wanted, or `left` to a scaler. {replicas, wanted} */}}
{{- define "cricksy.replicasMark" -}}
cricksy.org/replicas: {{ ternary "left" .wanted (empty .replicas) | quote }}
{{- end -}}

{{/* Pools with the first one for new uploads. */}}
{{- define "cricksy.poolNames" -}}
{{- $names := list .Values.worker.defaultPool -}}
{{- if not (hasKey .Values.worker.pools .Values.worker.defaultPool) }}{{ fail "worker.defaultPool: no such pool in worker.pools" }}{{ end -}}
{{- range $name, $_ := .Values.worker.pools }}{{ if ne $name $.Values.worker.defaultPool }}{{ $names = append $names $name }}{{ end }}{{ end -}}
{{- join "," $names -}}
{{- end -}}

{{/* Where pods are spread over: {constraints, labels}. Those that name no pods mean the ones with the labels. */}}
{{- define "cricksy.spread" -}}
{{- range .constraints }}
- {{ merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" (fromYaml $.labels))) | toYaml | nindent 2 | trim }}
{{- end }}
{{- end -}}
