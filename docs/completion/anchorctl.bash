# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for anchorctl(1)

_anchorctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local first=${COMP_WORDS[1]} words=

	case $prev in
	--socket | --trust | --officers | --metadata | --keys | --checkpoint | \
	    --attach | --key | --output | --attest | --signature | --public | \
	    --pcrs | --reference | --vm-request | --awaited | --proof | \
	    --roots | --ak | --eventlog | \
	    --eventlog-now)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--server-uid | --vchan | --vchan-port | --vchan-channel | \
	    --audience | --operation | --from | --type | --epoch | --expires | \
	    --words | --passphrase-fd | --tcti | --challenge | --extra | \
	    --vm-id | --action | --nonce | --seen | --select | --request | \
	    --alg)
		return
		;;
	esac
	if [ "$COMP_CWORD" = 1 ]; then
		words="status keys watch token attestation audit officer act vm
		    eventlog quote tpm decode why --help --version"
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = token ]; then
		words="inspect verify"
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = attestation ]; then
		words=verify
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = audit ]; then
		words="list export verify"
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = eventlog ]; then
		words="diff show"
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = quote ]; then
		words="explain make verify"
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = tpm ]; then
		words=preview
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = officer ]; then
		words=make
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = vm ]; then
		words=challenge
	elif [ "$COMP_CWORD" = 2 ] && [ "$first" = act ]; then
		words="propose show approve submit"
	elif [ "$COMP_CWORD" = 3 ] && [ "$first" = act ] &&
	    [ "$prev" = propose ] && [[ $cur != -* ]]; then
		words="accept-rollback set-clock open-channel acl-set operator-set
		    key-rotate key-revoke vm-enrol vm-replace vm-accept"
	else
		case $first in
		token | attestation | audit | officer | act | vm | \
		    eventlog | quote | tpm)
			first="$first ${COMP_WORDS[2]}"
			;;
		esac
		case $first in
		status) words="--socket --server-uid --vchan --vchan-port --vchan-channel" ;;
		keys) words="--trust --officers --metadata --socket --server-uid
			    --vchan --vchan-port --vchan-channel" ;;
		watch) words="--trust --officers --state --socket --server-uid
			    --vchan --vchan-port --vchan-channel" ;;
		"token inspect") words="--hex" ;;
		"token verify")
			words="--trust --officers --metadata --socket --server-uid
			    --vchan --vchan-port --vchan-channel
			    --audience --operation --hex"
			;;
		"attestation verify")
			words="--trust --officers --metadata --socket --server-uid
			    --vchan --vchan-port --vchan-channel
			    --vm-id --action --nonce --hex"
			;;
		"audit list" | "audit export") words="--from" ;;
		"audit verify") words="--trust --officers --keys --checkpoint" ;;
		"officer make") words="--passphrase-fd" ;;
		"act propose")
			words="--output --attach --awaited --proof --epoch
			    --expires --trust --officers --socket
			    --server-uid --vchan --vchan-port --vchan-channel"
			;;
		"eventlog diff" | "eventlog show") words="--alg" ;;
		"quote explain")
			words="--attest --signature --public --pcrs --hex"
			;;
		"quote make")
			words="--tcti --ak --select --vm-id --challenge
			    --request --eventlog --output"
			;;
		"quote verify")
			words="--challenge --vm-id --metadata --request
			    --bound --reference --officers --seen --attest
			    --signature --public --pcrs --extra --hex"
			;;
		"tpm preview") words="--tcti --eventlog --eventlog-now" ;;
		"act show") words="--vm-request --roots --any-time --awaited
			    --proof --trust --officers" ;;
		"act approve") words="--key --words --passphrase-fd
			    --vm-request --roots --any-time --awaited --proof
			    --trust --officers" ;;
		"vm challenge") words="--roots --any-time --awaited
			    --output" ;;
		"act submit")
			words="--attach --trust --officers --metadata --socket
			    --server-uid --vchan --vchan-port --vchan-channel"
			;;
		decode) words="--hex --type" ;;
		why) words="--list" ;;
		esac
		words="$words --json --help"
		if [ "$first" = why ] && [[ $cur != -* ]]; then
			words=$(anchorctl why --list 2>/dev/null |
			    sed -n 's/^code  *//p')
		elif [[ $cur != -* ]]; then
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _anchorctl anchorctl
