{{/* A variable that is secret: {name, secret, key}, or in a file that something else puts into the pod: {name, file}. */}}
{{- define "cricksy.secretEnv" -}}
{{- if .file -}}
- { name: {{ .name }}_FILE, value: {{ .file | quote }} }
{{- else -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .key }} } }
{{- end -}}
{{- end -}}

{{- define "cricksy.databaseHost" -}}
{{- if .Values.postgresql.enabled }}{{ include "cricksy.fullname" . }}-postgresql{{ else }}{{ required "database.host: the address of PostgreSQL (or postgresql.enabled for development)" .Values.database.host }}{{ end -}}
{{- end -}}

{{- define "cricksy.databaseSecret" -}}
{{- default (printf "%s-database" (include "cricksy.fullname" .)) .Values.database.existingSecret.name -}}
{{- end -}}

{{- define "cricksy.databaseEnv" -}}
{{- $d := .Values.database -}}
{{- $secret := include "cricksy.databaseSecret" . -}}
{{- if and $d.existingSecret.name $d.existingSecret.urlKey }}
{{ include "cricksy.secretEnv" (dict "name" "DATABASE_URL" "secret" $secret "key" $d.existingSecret.urlKey) }}
{{- with $d.existingSecret.directUrlKey }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_DATABASE_DIRECT_URL" "secret" $secret "key" .) }}
{{- end }}
{{- else }}
{{- $host := include "cricksy.databaseHost" . }}
- name: DATABASE_URL
  value: {{ printf "postgresql://%s@%s:%v/%s?sslmode=%s%s" ($d.user | urlquery | replace "+" "%20") (ternary (printf "[%s]" $host) $host (contains ":" $host)) (ternary 5432 (int $d.port) .Values.postgresql.enabled) ($d.name | urlquery | replace "+" "%20") (ternary "disable" $d.sslMode .Values.postgresql.enabled) (ternary "&sslrootcert=/etc/cricksy-ocr/database/ca.crt" "" (ne $d.caSecret.name "")) | quote }}
{{- with $d.directUrl }}
- { name: CRICKSY_DATABASE_DIRECT_URL, value: {{ . | quote }} }
{{- end }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_DATABASE_PASSWORD" "secret" $secret "key" $d.existingSecret.passwordKey "file" $d.passwordFile) }}
{{- end }}
{{- end -}}

{{/* For pg_dump and pg_restore, which know nothing of our names. */}}
{{- define "cricksy.pgPassword" -}}
{{ if .Values.database.passwordFile }}PGPASSWORD=$(cat "$CRICKSY_DATABASE_PASSWORD_FILE"){{ else }}PGPASSWORD=$CRICKSY_DATABASE_PASSWORD{{ end }}
{{- end -}}

{{/* Who vouches for the database, as an item of volumes and of volumeMounts; nothing without a secret. */}}
{{- define "cricksy.databaseCaVolume" -}}
{{- with .Values.database.caSecret }}
{{- if .name }}
- name: database-ca
  secret: { secretName: {{ .name }}, items: [{ key: {{ .key }}, path: ca.crt }] }
{{- end }}
{{- end }}
{{- end -}}
{{- define "cricksy.databaseCaMount" -}}
{{- if .Values.database.caSecret.name }}
- { name: database-ca, mountPath: /etc/cricksy-ocr/database, readOnly: true }
{{- end }}
{{- end -}}

{{- define "cricksy.brokerSecret" -}}
{{- default (printf "%s-broker" (include "cricksy.fullname" .)) .Values.broker.existingSecret.name -}}
{{- end -}}

{{- define "cricksy.brokerEnv" -}}
{{- $b := .Values.broker -}}
{{- $inside := .Values.rabbitmq.enabled -}}
{{- if eq $b.type "rabbitmq" }}
- name: CRICKSY_BROKER_HOST
  value: {{ ternary (printf "%s-rabbitmq" (include "cricksy.fullname" .)) $b.host $inside | required "broker.host: the address of RabbitMQ (or rabbitmq.enabled for development, or broker.type=postgres)" | quote }}
- { name: CRICKSY_BROKER_PORT, value: {{ ternary 5672 (int $b.port) $inside | quote }} }
- { name: CRICKSY_BROKER_VHOST, value: {{ $b.vhost | quote }} }
- { name: CRICKSY_BROKER_TLS, value: {{ ternary false $b.tls $inside | quote }} }
{{- with $b.existingSecret.userKey }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_BROKER_USER" "secret" (include "cricksy.brokerSecret" $) "key" .) }}
{{- else }}
- { name: CRICKSY_BROKER_USER, value: {{ $b.user | quote }} }
{{- end }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_BROKER_PASSWORD" "secret" (include "cricksy.brokerSecret" .) "key" $b.existingSecret.passwordKey "file" $b.passwordFile) }}
{{- with $b.caSecret.name }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_BROKER_CA" "secret" . "key" $b.caSecret.key) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "cricksy.objectsSecret" -}}
{{- default (printf "%s-objects" (include "cricksy.fullname" .)) .Values.objects.existingSecret.name -}}
{{- end -}}

{{/* Whether static keys are used at all. */}}
{{- define "cricksy.objectsKeys" -}}
{{- if or .Values.objectStore.enabled .Values.objects.existingSecret.name .Values.objects.accessKey .Values.objects.files.accessKey }}yes{{ end -}}
{{- end -}}

{{- define "cricksy.objectsEndpoint" -}}
{{- ternary (printf "http://%s-objects:7070" (include "cricksy.fullname" .)) .Values.objects.endpoint .Values.objectStore.enabled -}}
{{- end -}}

{{- define "cricksy.objectsEnv" -}}
{{- $o := .Values.objects -}}
- { name: CRICKSY_S3_BUCKET, value: {{ $o.bucket | quote }} }
- { name: CRICKSY_S3_REGION, value: {{ $o.region | quote }} }
{{- with include "cricksy.objectsEndpoint" . }}
- { name: CRICKSY_S3_ENDPOINT_URL, value: {{ . | quote }} }
{{- end }}
{{- with $o.sse }}
- { name: CRICKSY_S3_SSE, value: {{ . | quote }} }
{{- end }}
{{- with $o.kmsKeyId }}
- { name: CRICKSY_S3_SSE_KMS_KEY_ID, value: {{ . | quote }} }
{{- end }}
{{- if include "cricksy.objectsKeys" . }}
{{- $secret := include "cricksy.objectsSecret" . }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_S3_ACCESS_KEY" "secret" $secret "key" $o.existingSecret.accessKeyKey "file" $o.files.accessKey) }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_S3_SECRET_KEY" "secret" $secret "key" $o.existingSecret.secretKeyKey "file" $o.files.secretKey) }}
{{- end }}
{{- end -}}

{{- define "cricksy.commonEnv" -}}
- { name: CRICKSY_INTERNAL_PORT, value: "9090" }
{{- include "cricksy.databaseEnv" . }}
{{- include "cricksy.brokerEnv" . }}
{{ include "cricksy.objectsEnv" . }}
{{- end -}}

{{/* The token of the API, as a variable; nothing where none is asked for. */}}
{{- define "cricksy.tokenEnv" -}}
{{- $a := .Values.auth -}}
{{- if include "cricksy.hasToken" . }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_API_TOKEN" "secret" (default (printf "%s-token" (include "cricksy.fullname" .)) $a.existingSecret.name) "key" $a.existingSecret.key "file" $a.tokenFile) }}
{{- end }}
{{- end -}}
{{/* The token that operators need beside it, as a variable; nothing where none is asked for. */}}
{{- define "cricksy.operatorTokenEnv" -}}
{{- with .Values.auth.operator }}
{{- if or .existingSecret.name .tokenFile }}
{{ include "cricksy.secretEnv" (dict "name" "CRICKSY_OPERATOR_TOKEN" "secret" .existingSecret.name "key" .existingSecret.key "file" .tokenFile) }}
{{- end }}
{{- end }}
{{- end -}}
{{- define "cricksy.hasToken" -}}
{{- with .Values.auth }}{{ if or .token .existingSecret.name .tokenFile }}yes{{ end }}{{ end -}}
{{- end -}}

{{/* Pods start anew when what they read has changed. */}}
{{- define "cricksy.checksum" -}}
checksum/config: {{ include (print .Template.BasePath "/config.yaml") . | sha256sum }}
checksum/secrets: {{ list .Values.database .Values.broker .Values.objects .Values.auth .Values.signing | toJson | sha256sum }}
{{- end -}}

{{/* A secret's value: the one given, else the one that is there, else a new one. {root, secret, key, given} */}}
{{- define "cricksy.keptSecret" -}}
{{- $there := (lookup "v1" "Secret" .root.Release.Namespace .secret).data | default dict -}}
{{- if .given }}{{ .given | b64enc }}{{ else if hasKey $there .key }}{{ index $there .key }}{{ else }}{{ randAlphaNum 32 | b64enc }}{{ end -}}
{{- end -}}
