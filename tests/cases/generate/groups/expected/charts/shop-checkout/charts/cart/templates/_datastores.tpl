{{/* The datastores that cart calls, each as global.datastores says that it is provided. */}}
{{- define "cart.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
carts:
{{- $way := dig "carts" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: carts
  port:
    redis: 6379
  url:
    redis: redis://carts:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: carts
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "external" }}
{{- $host := dig "carts" "host" "" $given | default "" }}
{{- $port := dig "carts" "port" 0 $given | default 6379 | int }}
  host: {{ $host | quote }}
  port:
    redis: {{ $port }}
  url:
    redis: {{ printf "redis://%s:%d" $host $port | quote }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
{{- end }}
{{- end }}
