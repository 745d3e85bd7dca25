{{/* RFC 7386: lays .patch over .object, in place; null removes. */}}
{{- define "api.mergePatch" -}}
{{- $object := .object }}
{{- range $key, $value := .patch }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $object $key }}
{{- else if kindIs "map" $value }}
{{- if not (kindIs "map" (get $object $key)) }}
{{- $_ := set $object $key dict }}
{{- end }}
{{- include "api.mergePatch" (dict "object" (get $object $key) "patch" $value) }}
{{- else }}
{{- $_ := set $object $key $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* RFC 6902: one .operation on .box.value; paths are lists of keys. */}}
{{- define "api.jsonPatch" -}}
{{- $found := dict "value" .box.value }}
{{- if or (eq .operation.op "test") (eq .operation.op "copy") (eq .operation.op "move") }}
{{- range $key := get .operation "from" | default .operation.path }}
{{- if and (kindIs "map" $found.value) (hasKey $found.value $key) }}
{{- $_ := set $found "value" (get $found.value $key) }}
{{- else if and (kindIs "slice" $found.value) (regexMatch "^(0|[1-9][0-9]*)$" $key) (lt (int $key) (len $found.value)) }}
{{- $_ := set $found "value" (index $found.value (int $key)) }}
{{- else }}
{{- fail (printf "patch of api: nothing at %q" $.operation.pointer) }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .operation.op "test" }}
{{- if ne (toJson $found.value) (toJson .operation.value) }}
{{- fail (printf "patch of api: the test of %q fails" .operation.pointer) }}
{{- end }}
{{- else if eq .operation.op "copy" }}
{{- include "api.edit" (dict "box" .box "path" .operation.path "op" "add" "value" (deepCopy $found.value) "pointer" .operation.pointer) }}
{{- else if eq .operation.op "move" }}
{{- include "api.edit" (dict "box" .box "path" .operation.from "op" "remove" "value" "" "pointer" .operation.pointer) }}
{{- include "api.edit" (dict "box" .box "path" .operation.path "op" "add" "value" $found.value "pointer" .operation.pointer) }}
{{- else }}
{{- include "api.edit" (dict "box" .box "path" .operation.path "op" .operation.op "value" (get .operation "value") "pointer" .operation.pointer) }}
{{- end }}
{{- end }}

{{/* Adds, replaces or removes what is at .path below .box.value. */}}
{{- define "api.edit" -}}
{{- $node := .box.value }}
{{- $key := first .path }}
{{- $last := eq (len .path) 1 }}
{{- $adds := and $last (eq .op "add") }}
{{- if and (kindIs "map" $node) (or $adds (hasKey $node $key)) }}
{{- if not $last }}
{{- $child := dict "value" (get $node $key) }}
{{- include "api.edit" (dict "box" $child "path" (rest .path) "op" .op "value" .value "pointer" .pointer) }}
{{- $_ := set $node $key $child.value }}
{{- else if eq .op "remove" }}
{{- $_ := unset $node $key }}
{{- else }}
{{- $_ := set $node $key .value }}
{{- end }}
{{- else if and (kindIs "slice" $node) (or (and $adds (eq $key "-")) (regexMatch "^(0|[1-9][0-9]*)$" $key)) (le (ternary 0 (int $key) (eq $key "-")) (ternary (len $node) (sub (len $node) 1 | int) $adds)) }}
{{- $index := ternary (len $node) (int $key) (eq $key "-") }}
{{- $before := slice $node 0 $index }}
{{- if not $last }}
{{- $child := dict "value" (index $node $index) }}
{{- include "api.edit" (dict "box" $child "path" (rest .path) "op" .op "value" .value "pointer" .pointer) }}
{{- $_ := set .box "value" (concat $before (list $child.value) (slice $node (add1 $index))) }}
{{- else if eq .op "add" }}
{{- $_ := set .box "value" (concat $before (list .value) (slice $node $index)) }}
{{- else if eq .op "remove" }}
{{- $_ := set .box "value" (concat $before (slice $node (add1 $index))) }}
{{- else }}
{{- $_ := set .box "value" (concat $before (list .value) (slice $node (add1 $index))) }}
{{- end }}
{{- else }}
{{- fail (printf "patch of api: nothing at %q" .pointer) }}
{{- end }}
{{- end }}
