/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>

#include "base/log.h"
#include "cose/key.h"
#include "store/file.h"
#include "store/find.h"

#define FILE_LONGEST 512

static enum err
read_file(const char *path, struct msg *out)
{
	uint8_t buf[FILE_LONGEST];
	struct cose_key key;
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return log_errno("%s", path);
	n = read(fd, buf, sizeof(buf));
	if (n == -1)
		return log_errno("%s", path);
	if (wire_decode_object(MSG_officer_key, (struct span){ buf,
	    (size_t)n }, out) != ERR_OK ||
	    cose_key_decode(WIRE_SPAN(out->officer_key.key), &key) != ERR_OK ||
	    key.kind != COSE_ED25519)
		return log_err(ERR_MALFORMED, "%s: not an officer's public "
		    "key, as anchorctl officer make writes it", path);
	return ERR_OK;
}

/* All of them, before anything is changed; no name and no key twice. */
static enum err
read_all(const struct mint_options *o, struct msg_officer_key *out)
{
	for (size_t i = 0; i < o->nofficers; i++) {
		struct msg m = { 0 };

		TRY(read_file(o->officers[i], &m));
		for (size_t k = 0; k < i; k++)
			if (span_equal(WIRE_SPAN(out[k].officer_id),
			    WIRE_SPAN(m.officer_key.officer_id)) ||
			    span_equal(WIRE_SPAN(out[k].key),
			    WIRE_SPAN(m.officer_key.key)))
				return log_err(ERR_MALFORMED, "%s and %s are "
				    "one officer's", o->officers[k],
				    o->officers[i]);
		out[i] = m.officer_key;
	}
	return ERR_OK;
}

static bool
are_there(const struct mint *m, const struct msg_officer_key *k)
{
	const struct mint_options *o = m->options;

	if (m->state->nofficers != o->nofficers ||
	    m->state->acts.quorum != o->quorum)
		return false;
	for (size_t i = 0; i < o->nofficers; i++) {
		const struct msg_officer *is = state_officer_named(m->state,
		    WIRE_SPAN(k[i].officer_id));

		if (is == NULL || !span_equal(WIRE_SPAN(is->key),
		    WIRE_SPAN(k[i].key)))
			return false;
	}
	return true;
}

static enum err
put_all(struct mint *m, const struct msg_officer_key *k)
{
	struct msg r;

	for (size_t i = 0; i < m->options->nofficers; i++) {
		r = (struct msg){ .type = MSG_officer };
		r.officer.officer_id = k[i].officer_id;
		r.officer.key = k[i].key;
		TRY(store_put(m->store, &r));
		TRY(mint_note(m, "provision.officer",
		    k[i].officer_id.at, (struct span){ }));
	}
	r = (struct msg){ .type = MSG_acts };
	r.acts.quorum = m->options->quorum;
	TRY(store_put(m->store, &r));
	return mint_commit(m, "provision.officers", NULL);
}

enum err
step_officers(const struct mint_options *o)
{
	struct msg_officer_key keys[STATE_OFFICERS] = { 0 };
	struct mint m OWNED(mint_drop) = mint_none;

	*o->blame = MINT_USAGE;
	if (o->quorum > o->nofficers)
		return log_err(ERR_MALFORMED, "--quorum %u: there are %zu "
		    "officers", o->quorum, o->nofficers);
	TRY(read_all(o, keys));
	TRY(mint_open(&m, o));
	if (m.state->has_acts && !are_there(&m, keys)) {
		*o->blame = MINT_STATE;
		return log_err(ERR_STATE, "other officers, or another quorum, "
		    "are registered already; they stay");
	}
	if (!m.state->has_acts)
		TRY(put_all(&m, keys));
	printf("officers: %u of %zu have to approve an act\n", o->quorum,
	    o->nofficers);
	return ERR_OK;
}
