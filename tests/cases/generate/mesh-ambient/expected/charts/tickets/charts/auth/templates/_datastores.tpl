{{/* The datastores that auth calls, each as global.datastores says that it is provided. */}}
{{- define "auth.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
users-db:
{{- $way := dig "users-db" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: users-db
  opens:
    - {port: 15008, protocol: TCP}
  pods:
    app.kubernetes.io/name: users-db
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: users-db-rw
  opens:
    - {port: 15008, protocol: TCP}
  pods:
    cnpg.io/cluster: users-db
{{- else }}
{{- fail (printf "global.datastores.users-db.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
