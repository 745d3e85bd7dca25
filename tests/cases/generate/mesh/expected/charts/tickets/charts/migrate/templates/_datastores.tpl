{{/* The datastores that migrate calls, each as global.datastores says that it is provided. */}}
{{- define "migrate.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
orders-db:
{{- $way := dig "orders-db" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: orders-db
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    app.kubernetes.io/name: orders-db
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: orders-db-rw
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    cnpg.io/cluster: orders-db
{{- else if eq $way "external" }}
{{- $host := dig "orders-db" "host" "" $given | default "db.example.com" }}
{{- $port := dig "orders-db" "port" 0 $given | default 5432 | int }}
  host: {{ $host | quote }}
{{- if or (contains ":" $host) (regexMatch `^[0-9.]+$` $host) }}
  network: {{ printf "%s/%d" $host (ternary 128 32 (contains ":" $host)) | quote }}
{{- end }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
{{- else }}
{{- fail (printf "global.datastores.orders-db.provision is %q, and this chart carries builtin and operator and external" $way) }}
{{- end }}
{{- end }}
