{{/* Plain HTTP inside the cluster, so there is no certificate to name. */}}
{{- define "epinio.bundledStore" -}}
{{- if .Values.seaweedfs.enabled -}}
secret: {{ .Values.seaweedfs.existingSecret }}
endpoint: {{ .Values.seaweedfs.fullnameOverride }}-s3.{{ .Release.Namespace }}.svc.cluster.local:{{ .Values.seaweedfs.s3.port }}
useSSL: false
certificateSecret: ""
accessKeyField: accesskey
secretKeyField: secretkey
{{- end -}}
{{- end -}}

{{/* What SeaweedFS itself reads from the Secret, beside the fields that this chart's own templates look up. */}}
{{- define "epinio.bundledStoreSecret" -}}
{{- $keys := dict "accessKey" .accessKeyID "secretKey" .secretAccessKey -}}
{{- $identity := dict "name" "epinio" "credentials" (list $keys) "actions" (list "Admin" "Read" "Write") -}}
seaweedfs_s3_config: {{ dict "identities" (list $identity) | toJson | quote }}
{{- end -}}
