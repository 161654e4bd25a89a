{{/* The pod of a Job that prepares: {root, component, what}. */}}
{{- define "cricksy.setupPod" -}}
metadata:
  labels: {{ include "cricksy.labels" . | nindent 4 }}
  {{- with .root.Values.jobs.podAnnotations }}
  annotations: {{ toYaml . | nindent 4 }}
  {{- end }}
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
      # What it needs may still be starting beside it.
      command: [node, services/setup/main.ts, {{ .what }}, --wait, {{ .root.Values.migrations.deadlineSeconds | quote }}]
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
        {{- with .root.Values.jobs.extraEnv }}{{ toYaml . | nindent 8 }}{{ end }}
      resources: {{ toYaml .root.Values.migrations.resources | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- include "cricksy.databaseCaMount" .root | nindent 8 }}
        {{- with .root.Values.jobs.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - { name: tmp, emptyDir: {} }
    {{- include "cricksy.databaseCaVolume" .root | nindent 4 }}
    {{- with .root.Values.jobs.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end -}}
