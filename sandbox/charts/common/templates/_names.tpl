{{/* The server's service account. Without a name: the release's own if it is created here, else the namespace's. */}}
{{- define "epinio.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "epinio.version" -}}
{{ .Values.image.epinio.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What the Deployment's selector and its pods have in common. */}}
{{- define "epinio.selectorLabels" -}}
app.kubernetes.io/component: epinio-server
app.kubernetes.io/instance: default
app.kubernetes.io/name: epinio-server
app.kubernetes.io/part-of: epinio
{{- end -}}

{{- define "epinio.labels" -}}
app.kubernetes.io/component: epinio
app.kubernetes.io/instance: default
app.kubernetes.io/name: epinio-server
app.kubernetes.io/part-of: epinio
app.kubernetes.io/version: {{ include "epinio.version" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "epinio.stagingLabels" -}}
app.kubernetes.io/component: epinio-staging
app.kubernetes.io/part-of: epinio
app.kubernetes.io/version: {{ include "epinio.version" . }}
{{- end -}}

{{/* One image by its key below `image`: the cluster-wide registry goes before the image's own. List: root, key. */}}
{{- define "epinio.image" -}}
{{- $root := first . -}}
{{- $image := index $root.Values.image (last .) -}}
{{- $registry := $image.registry | default "" -}}
{{- with $root.Values.global.cattle.systemDefaultRegistry -}}
{{- $registry = printf "%s/" (trimSuffix "/" .) -}}
{{- end -}}
{{ $registry }}{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end -}}

{{/* A user's Secret is named after a hash of the user's name, because that may be a mail address. */}}
{{- define "epinio.userSecretName" -}}
{{- $name := printf "user-%s" . -}}
r{{ regexReplaceAll "[^-a-z0-9]" $name "" | trunc 21 }}-{{ sha1sum $name }}
{{- end -}}
