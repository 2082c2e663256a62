/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "base/log.h"
#include "cryptod/cryptod.h"
#include "enforce/trust.h"

enum err
trusted_read(struct cryptod *d)
{
	struct trust *t;

	if (d->settings.trust[0] == '\0')
		return ERR_OK;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return log_err(ERR_LIMIT, "no memory");
	d->prove.trust = t;
	return trust_load(d->settings.trust, t);
}

void
trusted_drop(struct cryptod *d)
{
	free(d->prove.trust);
	d->prove.trust = NULL;
	d->prove.references = NULL;
}

/* The officers whose acts count are those whose signatures do. */
static enum err
officers_of(const struct state *s, struct msg_pinned *out)
{
	*out = (struct msg_pinned){ .quorum = s->acts.quorum,
		.issuer = s->appliance.issuer };
	if (s->nofficers > TRUST_OFFICERS)
		return ERR_LIMIT;
	for (size_t i = 0; i < s->nofficers; i++) {
		out->officers.at[i].key = s->officers[i].key;
		out->officers.at[i].officer_id = s->officers[i].officer_id;
		out->officers.count++;
	}
	return ERR_OK;
}

/* None that is older than one before, nor another of the same version. */
static enum reason
judge(const struct state *s, struct trust *t)
{
	struct msg_pinned officers;
	enum reason why;

	if (!s->has_acts || officers_of(s, &officers) != ERR_OK)
		return REASON_trust_officer;
	if ((why = trust_check(t, &officers)) != REASON_none)
		return why;
	if (t->version < s->trusted.version ||
	    (t->version == s->trusted.version && !span_equal(SPAN(t->digest),
	    WIRE_SPAN(s->trusted.digest))))
		return REASON_trust_old;
	return REASON_none;
}

enum err
trusted_begin(struct cryptod *d)
{
	struct msg m = { .type = MSG_trusted };
	struct trust *t = d->prove.trust;
	enum reason why;

	d->prove.references = NULL;
	if (t == NULL)
		return ERR_OK;
	d->prove.distrust = why = judge(d->tables, t);
	if (why != REASON_none) {
		log_line("%s: %s: %s %s", d->settings.trust, reason_code(why),
		    reason_text(why), reason_help(why));
		return ERR_OK;
	}
	d->prove.references = &t->references;
	if (t->version == d->tables->trusted.version)
		return ERR_OK;
	m.trusted.version = t->version;
	TRY(WIRE_SET_BYTES(m.trusted.digest, SPAN(t->digest)));
	return store_put(d->store, &m);
}
