/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/show.h"
#include "enforce/keys.h"

#define FOREIGN_MAX 65536	/* of a token that is not ours */

/* What the clock says of it, clocks being as far apart as a verifier lets
 * them be. */
static const char *
timely(const struct cwt *c, uint64_t now)
{
	switch (cwt_time(c, now, ENFORCE_SKEW)) {
	case CWT_TIMELY:
		return "now";
	case CWT_NOT_YET:
		return "not yet";
	case CWT_FROM_LATER:
		return "issued in the future";
	case CWT_EXPIRED:
		return "expired";
	}
	return "";
}

static enum err
read_token(struct span in, struct sign1 *by, struct cwt *c, bool *ours)
{
	*ours = token_parse(in, by, c) == ERR_OK;
	if (*ours)
		return ERR_OK;
	TRY(cose_sign1_parse(in, SIGN1_FOREIGN, by));
	return cwt_decode_foreign(by->payload, c);
}

static void
put_token(struct sheet *s, const struct sign1 *by, const struct cwt *c,
    bool ours, uint64_t now)
{
	sheet_bool(s, "verified", false);
	sheet_bool(s, "anchorhold|a capability token", ours);
	sheet_tell(s, "note", "%s", ours ?
	    "nothing was verified: see anchorctl token verify" :
	    "a CWT of somebody else's; only what we know is shown");
	show_signer(s, by);
	sheet_say(s, "validity|good", "%s", timely(c, now));
	sheet_time(s, "now", now);
	sheet_open_within(s, "claims");
	sheet_set_now(s, now);
	show_claims(s, c);
	sheet_close(s);
}

enum ends
token_inspect_run(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct input in OWNED(input_drop) = { 0 };
	struct sign1 by;
	struct cwt c;
	bool ours;
	enum err e = input_read(a->operand[0], FOREIGN_MAX, a->hex, &in);

	if (e != ERR_OK)
		return ends_of(e);
	if (read_token(input_span(&in), &by, &c, &ours) != ERR_OK) {
		log_line("%s: not a token%s", in.name,
		    !a->hex && input_looks_hex(&in) ?
		    "; these are hexadecimal digits: say --hex" : "");
		return ENDS_malformed;
	}
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	put_token(s, &by, &c, ours, clock_now().wall);
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}
