# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for programs whose --help lists all of their options:
# anchorhold-approve(8), anchorhold-cell(8), anchorhold-ceremony(8), cryptod(8),
# unlocker(8)

_anchorhold_options() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	case $prev in
	-c | --config | -k | --token-out | --answers | --key | --request | --out | \
	    --pcrs | --predict | --image | --values)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-r | --ready-fd | -f | --code-fd | -o | --operator | -d | --device | --pcr | \
	    --passphrase-fd)
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null |
	    grep -oE -- '--[a-z-]+')" -- "$cur")
}
complete -F _anchorhold_options anchorhold-approve anchorhold-cell \
	anchorhold-ceremony cryptod unlocker
