/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * anchorhold-cell keeps a software TPM and its cryptod together: it starts
 * both, stops both when one ends, and starts both anew, so often and no
 * oftener.  It holds no secret, serves nobody and decides nothing.
 */

#include <fcntl.h>

#include "base/clock.h"
#include "base/log.h"
#include "cell/cell.h"
#include "daemon/ends.h"
#include "daemon/start.h"

/* The status of a program that has said why already. */
static int
status_of(enum err e)
{
	return e == ERR_STATE || e == ERR_BUSY ? EXIT_STATE : EXIT_SYSTEM;
}

static int
run(struct cell *c)
{
	const struct settings *s = &c->settings;
	struct ends ends = { 0 };
	uint64_t wait;
	enum fate fate;

	while ((fate = cell_live(c)) == FATE_AGAIN) {
		if (!ends_add(&ends, s->restarts, s->within, s->backoff,
		    clock_now().boot_ms, &wait)) {
			log_line("it was started anew %llu times in %llu s: "
			    "no more; what ended it is said above",
			    (unsigned long long)s->restarts,
			    (unsigned long long)s->within / 1000);
			return EXIT_ENDS;
		}
		log_line("TPM and cryptod are started anew in %llu ms",
		    (unsigned long long)wait);
		if (!cell_wait(wait))
			break;
	}
	if (fate != FATE_REFUSED)
		return EXIT_STOPPED;
	log_line("to start it again would not help: see what it said");
	return EXIT_REFUSED;
}

/* Nobody else inherits the two: one has a reader who waits for the line, or
 * for us to be gone, the other is cryptod's to read. */
static enum err
start(const struct options *o)
{
	const int low = o->ready < o->attend ? o->ready : o->attend;
	const int high = o->ready < o->attend ? o->attend : o->ready;
	const int keep[] = { low, high };
	const size_t none = (size_t)(low == -1) + (size_t)(high == -1);

	TRY(daemon_start("anchorhold-cell", keep + none, 2 - none));
	for (size_t i = none; i < 2; i++)
		if (fcntl(keep[i], F_SETFD, FD_CLOEXEC) == -1)
			return log_errno("descriptor %d", keep[i]);
	return ERR_OK;
}

int
main(int argc, char **argv)
{
	struct cell c = { .lock = -1 };
	int status = EXIT_USAGE;
	enum err e;

	if (!options_parse(argc, argv, &c.options, &status))
		return status;
	if (start(&c.options) != ERR_OK)
		return EXIT_SYSTEM;
	if (settings_read(c.options.config, &c.settings) != ERR_OK)
		return EXIT_USAGE;
	if (c.options.test)
		return EXIT_STOPPED;
	e = cell_open(&c);
	return e == ERR_OK ? run(&c) : status_of(e);
}
