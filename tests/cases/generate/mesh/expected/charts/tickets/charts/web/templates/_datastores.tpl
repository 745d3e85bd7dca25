{{/* The datastores that web calls, each as global.datastores says that it is provided. */}}
{{- define "web.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
sessions:
{{- $way := dig "sessions" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: sessions
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: sessions
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: sessions
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app: sessions
    redis_setup_type: standalone
{{- else }}
{{- fail (printf "global.datastores.sessions.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
