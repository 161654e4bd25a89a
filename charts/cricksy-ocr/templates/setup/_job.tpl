{{/* The pod of a Job that prepares: {root, component, what}. */}}
{{- define "cricksy.setupPod" -}}
metadata:
  labels: {{ include "cricksy.labels" . | nindent 4 }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ include "cricksy.fullname" .root }}-gateway
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "cricksy.pullSecrets" .root | nindent 2 }}
  {{- include "cricksy.podSecurity" 10001 | nindent 2 }}
  containers:
    - name: setup
      image: {{ include "cricksy.image" (dict "root" .root "component" "gateway") | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, services/setup/main.ts, {{ .what }}]
      {{- include "cricksy.containerSecurity" . | nindent 6 }}
      env:
        {{- if eq .what "database" }}
        {{- include "cricksy.databaseEnv" .root | nindent 8 }}
        {{- else }}
        {{- include "cricksy.objectsEnv" .root | nindent 8 }}
        {{- with .root.Values.gateway.corsOrigins }}
        - { name: CRICKSY_CORS_ORIGINS, value: {{ join "," . | quote }} }
        {{- end }}
        {{- end }}
      resources: {{ toYaml .root.Values.migrations.resources | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- include "cricksy.databaseCaMount" .root | nindent 8 }}
  volumes:
    - { name: tmp, emptyDir: {} }
    {{- include "cricksy.databaseCaVolume" .root | nindent 4 }}
{{- end -}}
