# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the proof's script that are the same for every pod."""

from __future__ import annotations

import re

from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import DENIED, PASSING, UNREACHABLE

# Codes of our own beside those of AWS.
NO_CLI, NO_HOME, NO_TOKEN, NO_CREDENTIALS, FAILED = "NoAwsCli", "NoHome", "NoToken", "NoCredentials", "CliFailed"

# Settings of the pod's own environment stay: the pod identity webhook leaves a container alone that sets its variables.
_FRAME = r"""
set -f
export LC_ALL=C TMPDIR="$HOME" AWS_REGION="$region" AWS_DEFAULT_REGION="$region" AWS_STS_REGIONAL_ENDPOINTS=regional
export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=2 AWS_METADATA_SERVICE_NUM_ATTEMPTS=2
unset AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_STS
[ "$web_identity" = no ] || export AWS_EC2_METADATA_DISABLED=true
timeouts='--cli-connect-timeout 5 --cli-read-timeout 20'
pause=1 left=no

say() { printf '%s\n' "$*" >> "$ANSWERS"; }

# Codes have no spaces; a reason is cut where it would crowd out the other answers.
refused() { say "$1 ${code%% *} $(printf '%.220s' "$reason")"; }

give_up() { code=$1 reason=$2; refused who; say end; exit 0; }

# Runs a command: `out` is what it printed; `code` and `reason` say why it failed, `code` is empty if it did not.
run() {
  code= reason=
  if out=$("$@" 2> "$HOME/error"); then return 0; fi
  reason=$(cat "$HOME/error")
  # Unquoted: all on one line.
  set -- $reason
  reason=$*
  case $reason in
    *'An error occurred ('*)
      code=${reason#*'An error occurred ('} code=${code%%')'*}
      reason=${reason#*' operation'} reason=${reason#*': '} ;;
    *'locate credentials'* | *'retrieving credentials'* | *'retrieving metadata'*) code=@NO_CREDENTIALS@ ;;
    *'endpoint URL'* | *'SSL validation failed'* | *'proxy URL'*) code=@UNREACHABLE@ ;;
    *) code=@FAILED@ ;;
  esac
  case $reason in
    *'not authorized to perform: '*' on resource: '*)
      action=${reason#*'not authorized to perform: '} action=${action%%' on resource: '*}
      reason=${reason#*' on resource: '}
      reason="not authorized to perform: $action ${reason#* }" ;;
  esac
}

# Waits a little, longer each time; false once the patience is used up.
rest() {
  [ "$patience" -gt 0 ] || return 1
  [ "$pause" -le "$patience" ] || pause=$patience
  patience=$((patience - pause))
  # In the background, so that a signal does not wait for it.
  sleep "$pause" &
  wait "$!"
  pause=$((pause * 2))
  [ "$pause" -le 8 ] || pause=8
}

become() {
  trap stopped TERM
  [ -w "$HOME" ] || give_up @NO_HOME@ "HOME=$HOME cannot be written to"
  command -v aws > "$HOME/found" || give_up @NO_CLI@ 'the image has no command aws'
  printf '[default]\ns3 =\n    addressing_style = virtual\n' > "$HOME/virtual"
  printf '[default]\ns3 =\n    addressing_style = path\n' > "$HOME/path"
  printf 'written by epinio.aws to prove that Epinio can keep sources here; can be deleted\n' > "$HOME/body"
  if [ "$web_identity" = yes ] && ! [ -s "${AWS_WEB_IDENTITY_TOKEN_FILE-}" ]; then
    give_up @NO_TOKEN@ "there is no token in ${AWS_WEB_IDENTITY_TOKEN_FILE-}"
  fi
  while :; do
    run aws sts get-caller-identity --query Arn --output text --region "$region" --endpoint-url "$sts_url" $timeouts
    case $code in AccessDenied | InvalidIdentityToken | @PASSING@) rest || break ;; *) break ;; esac
  done
  [ -z "$code" ] || give_up "$code" "$reason"
  say "who ok $out"
  case $out in "$session"*) ;; *) say end; exit 0 ;; esac
}

# probe INDEX ALLOWED LENIENT READS CALL BUCKET KEY URL ADDRESSING
probe() {
  index=$1 allowed=$2 lenient=$3 reads=$4 call=$5 bucket=$6 key=$7 url=$8 addressing=$9
  [ "$reads" = no ] || [ "$written" = yes ] || return 0
  case $allowed$call in
    yesPutObject | yesMultipartUpload)
      left=yes left_bucket=$bucket left_key=$key left_url=$url left_style=$addressing ;;
  esac
  while :; do
    run "$call"
    explain
    [ "$lenient" = no ] && may_pass && rest || break
  done
  if [ -n "$code" ]; then
    refused "$index"
    return 0
  fi
  case $allowed$call in
    yesPutObject) written=yes ;;
    yesDeleteObject) left=no ;;
  esac
  case $call:$out in
    PutObject:None | PutObject:null | PutObject:) say "$index ok" ;;
    PutObject:*) say "$index ok versioned" ;;
    *) say "$index ok" ;;
  esac
}

# A refused HEAD has no body, so no reason: the same question as a GET has one.
explain() {
  case $code:$call in
    403:HeadBucket) another ListObjectsV2 ;;
    403:HeadObject) another GetObject ;;
    # Said only to somebody who may ask.
    NoSuchTagSet:*) code= ;;
  esac
}

another() {
  bare=$reason
  run "$1"
  [ -n "$code" ] || code=403 reason=$bare
}

# Whether the answer may become the wanted one while a change of policies spreads.
may_pass() {
  case $code in
    @PASSING@) return 0 ;;
    '') [ "$allowed" = no ] ;;
    @DENIED@) case $allowed:$reason in no:* | *'with an explicit deny'*) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}

# Told to end before its time: the object does not stay.
stopped() {
  bucket=$left_bucket key=$left_key url=$left_url addressing=$left_style
  [ "$left" = no ] || run DeleteObject
  exit 143
}
"""

CALLS = r"""
s3() {
  AWS_CONFIG_FILE="$HOME/$addressing" \
    aws s3api "$@" --bucket "$bucket" --region "$region" --endpoint-url "$url" $timeouts
}

HeadBucket() { s3 head-bucket; }
ListObjectsV2() { s3 list-objects-v2 --max-keys 1 --no-paginate; }
GetBucketTagging() { s3 get-bucket-tagging; }
PutObject() { s3 put-object --key "$key" --body "$HOME/body" --query VersionId --output text; }
HeadObject() { s3 head-object --key "$key"; }
GetObject() { s3 get-object --key "$key" "$HOME/got"; }
DeleteObject() { s3 delete-object --key "$key"; }
begin() { s3 create-multipart-upload --key "$key" --query UploadId --output text; }
break_off() { s3 abort-multipart-upload --key "$key" --upload-id "$upload"; }

MultipartUpload() {
  upload=$(begin) || return 1
  upload_parts && return 0
  # The reason is the first refusal; that the upload cannot be broken off either comes out in its own call.
  break_off 2> "$HOME/second"
  return 1
}

upload_parts() {
  tag=$(s3 upload-part --key "$key" --upload-id "$upload" --part-number 1 --body "$HOME/body" \
    --query ETag --output text) || return 1
  tag=${tag#\"} tag=${tag%\"}
  s3 complete-multipart-upload --key "$key" --upload-id "$upload" \
    --multipart-upload "{\"Parts\":[{\"ETag\":\"$tag\",\"PartNumber\":1}]}"
}

AbortMultipartUpload() { upload=$(begin) && break_off; }
"""

_WORDS = {
    "NO_CLI": NO_CLI,
    "NO_HOME": NO_HOME,
    "NO_TOKEN": NO_TOKEN,
    "NO_CREDENTIALS": NO_CREDENTIALS,
    "FAILED": FAILED,
    "UNREACHABLE": UNREACHABLE,
    "PASSING": " | ".join(sorted(PASSING)),
    "DENIED": " | ".join(DENIED),
}
FRAME = re.sub("@([A-Z_]+)@", lambda found: _WORDS[found[1]], _FRAME)
