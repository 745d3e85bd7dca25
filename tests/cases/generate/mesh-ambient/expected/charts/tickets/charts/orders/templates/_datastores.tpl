{{/* The datastores that orders calls, each as global.datastores says that it is provided. */}}
{{- define "orders.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
cache:
{{- $way := dig "cache" "provision" "" $given | default "operator" }}
{{- if eq $way "builtin" }}
  host: cache
  opens:
    - {port: 15008, protocol: TCP}
  pods:
    app.kubernetes.io/name: cache
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: cache-leader
  opens:
    - {port: 15008, protocol: TCP}
  pods:
    cluster: cache
    redis_setup_type: cluster
{{- else }}
{{- fail (printf "global.datastores.cache.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
