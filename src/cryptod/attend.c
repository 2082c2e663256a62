/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "cryptod/cap.h"
#include "cryptod/cryptod.h"
#include "cryptod/side.h"
#include "terminal/terminal.h"

/* The TPM does not count what is wrong: nobody is locked out. */
#define TRIES 3

static enum err
read_one(struct cryptod *d)
{
	struct secret *typed OWNED(secret_drop) = NULL;

	secret_drop(&d->side.attended);
	if (d->attend == -1 ||
	    terminal_passphrase_from(d->attend, &typed) != ERR_OK)
		return ERR_NOT_FOUND;
	return root_attended(typed, &d->side.attended);
}

/* One line from the descriptor is one try.  What was right, and what could
 * not be tried, is needed when a TPM that is late is asked again. */
enum reason
attend_open(struct cryptod *d)
{
	enum reason why = REASON_tpm_attended;

	if (!d->anchor.anchor.attended || d->side.kept != NULL)
		return side_open(d);
	for (int i = 0; i < TRIES && why == REASON_tpm_attended; i++) {
		if (read_one(d) != ERR_OK)
			break;
		why = side_open(d);
		if (why == REASON_tpm_attended)
			log_line("the secret of this start is wrong");
	}
	if (why == REASON_tpm_attended)
		secret_drop(&d->side.attended);
	fd_drop(&d->attend);
	return why;
}
