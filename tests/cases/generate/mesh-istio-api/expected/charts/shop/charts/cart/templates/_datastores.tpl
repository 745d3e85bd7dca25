{{/* The datastores that cart calls, each as global.datastores says that it is provided. */}}
{{- define "cart.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
cache:
  host: cache
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: cache
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}
