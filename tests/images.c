/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * images TCTI STATE: what a start of cryptod would find in copies of the state
 * directory STATE, at the speed of its rooms: the store key is unsealed once.
 *
 * Each line of the input is "DIRECTORY DIGEST,DIGEST,...".  The journal in
 * there is opened, the segments are brought up to it, and a line says:
 *
 *	FATE ERROR SEQUENCE VERSION WALL STOPPED SEEN EPOCH LOOSE JUDGED
 *	    OPERATOR/DEVICE=FLOOR...
 *
 * the fate of the journal, by number (store/journal.h), and the error of it
 * or of the segments; the last entry, the version of the key metadata, the
 * last time that was marked, whether the last thing that was written is a
 * stop, a 1 for each of the digests (seen_digest) that is remembered, the
 * epoch, whether codes went without a step in it, what a start would make of
 * it (enum epoch_fate) with the TPM's counter as it was when this began, and
 * each device's floor.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "anchor/root.h"
#include "audit/segment.h"
#include "base/log.h"
#include "base/own.h"
#include "cryptod/epoch.h"
#include "store/store.h"

#define LINE_MAX_LEN 65536

struct opener {
	struct root	 root;
	struct secret	*key;
	struct drbg	*drbg;
	uint64_t	 counter;
	uint8_t		 appliance[JOURNAL_APPLIANCE_LEN];
};

static void
opener_clear(struct opener *o)
{
	drbg_drop(&o->drbg);
	secret_drop(&o->key);
	root_drop(&o->root);
}

static enum err
open_directory(int at, const char *path, int *out)
{
	*out = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out == -1 ? log_errno("%s", path) : ERR_OK;
}

static enum err
unseal(const char *tcti, const char *path, struct opener *o)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	int dir OWNED(fd_drop) = -1;
	struct approvals approvals;
	struct msg anchor;

	TRY(open_directory(AT_FDCWD, path, &dir));
	TRY(anchor_read(dir, &anchor));
	TRY(approvals_read(dir, NULL, &approvals));
	TRY(tpm_open(tcti, &tpm));
	TRY(root_open(&tpm, &(struct root_source){ .anchor = &anchor.anchor,
	    .approvals = &approvals }, &o->root, &o->key));
	TRY(root_epoch_read(&o->root, &o->counter));
	TRY(root_drbg(&o->root, &o->drbg));
	tpm_drop(&o->root.tpm);		/* which a cryptod wants, and resets */
	return cose_key_thumbprint(&o->root.signer.key, o->appliance);
}

/* Of each digest whether it is remembered: those whose time was over when
 * the state was last written are not. */
static void
say_seen(const struct state *s, char *digests)
{
	putchar(' ');
	for (char *w = strtok(digests, ",\n"); w != NULL;
	    w = strtok(NULL, ",\n")) {
		uint8_t digest[SEEN_DIGEST] = { 0 };

		for (size_t i = 0; i < sizeof(digest) && sscanf(w + 2 * i,
		    "%2hhx", &digest[i]) == 1; i++)
			;
		putchar(seen_find(&s->seen, digest, s->wall) ? '1' : '0');
	}
}

static void
say(const struct state *s, enum journal_fate fate, enum err log,
    uint64_t epoch, uint64_t counter, char *digests)
{
	printf("%d %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %d", (int)fate,
	    err_name(log), s->sequence, s->appliance.metadata_version,
	    s->wall, s->stopped);
	say_seen(s, digests);
	printf(" %" PRIu64 " %d %d", epoch, s->steps.loose,
	    (int)epoch_judge(epoch, counter));
	for (size_t i = 0; i < s->ndevices; i++)
		printf(" %s/%s=%" PRIu64, s->devices[i].row.operator_id.at,
		    s->devices[i].row.device_id.at, s->devices[i].row.floor);
	printf("\n");
	fflush(stdout);
}

/* As cryptod_open() does. */
static enum err
open_log(int dir, struct store *store, const struct state *state)
{
	struct segments *segments OWNED(segments_drop) = NULL;
	int audit OWNED(fd_drop) = -1;

	TRY(open_directory(dir, "audit", &audit));
	TRY(segments_open(audit, &segments));
	return segments_follow(segments, store, state);
}

static enum err
look(struct opener *o, const char *path, char *digests)
{
	struct state *state OWNED(state_drop) = NULL;
	struct store *store OWNED(store_drop) = NULL;
	int dir OWNED(fd_drop) = -1;
	struct journal_report report;
	struct journal_setup setup;
	enum err e;

	TRY(open_directory(AT_FDCWD, path, &dir));
	TRY(state_new(&state));
	setup = (struct journal_setup){
		.dir = dir,
		.key = secret_span(o->key),
		.appliance = SPAN(o->appliance),
		.drbg = o->drbg,
	};
	e = store_open(&setup, state, &store, &report);
	if (e == ERR_OK)
		e = open_log(dir, store, state);
	say(state, report.fate, e, store != NULL ? store_epoch(store) : 0,
	    o->counter, digests);
	return ERR_OK;
}

int
main(int argc, char **argv)
{
	struct opener o OWNED(opener_clear) = { .drbg = NULL };
	static char line[LINE_MAX_LEN];

	if (argc != 3 || unseal(argv[1], argv[2], &o) != ERR_OK)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *digests = strchr(line, ' ');

		if (digests == NULL)
			return 1;
		*digests++ = '\0';
		if (look(&o, line, digests) != ERR_OK)
			return 1;
	}
	return 0;
}
