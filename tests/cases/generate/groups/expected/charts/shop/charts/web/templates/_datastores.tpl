{{/* The datastores that web calls, each as global.datastores says that it is provided. */}}
{{- define "web.datastores" -}}
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
    app.kubernetes.io/part-of: shop
{{- else if eq $way "external" }}
{{- $host := dig "carts" "host" "" $given | default "" }}
{{- $port := dig "carts" "port" 0 $given | default 6379 | int }}
  host: {{ $host | quote }}
{{- if or (contains ":" $host) (regexMatch `^[0-9.]+$` $host) }}
  network: {{ printf "%s/%d" $host (ternary 128 32 (contains ":" $host)) | quote }}
{{- end }}
{{- $name := ternary (print "[" $host "]") $host (contains ":" $host) }}
  port:
    redis: {{ $port }}
  url:
    redis: {{ printf "redis://%s:%d" $name $port | quote }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
{{- else }}
{{- fail (printf "global.datastores.carts.provision is %q, and this chart carries builtin and external" $way) }}
{{- end }}
{{- end }}
