/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENT_RULE_H
#define ATTEST_EVENT_RULE_H

/*
 * Rules for the events of a log (wire/objects.def: event_rules), and whether
 * a log meets them.
 *
 * An event is known by what its PCR was extended with and by nothing else.
 * EventType is not covered by the digest, so whoever sends a log can name an
 * event what he likes: no rule has a type.  Data count where the digest is
 * their hash.  A rule says one of
 *
 *	digests		the digest is one of these
 *	data		the digest is the hash of these data
 *	prefix		the data begin like this, and the digest is their hash
 *	variable	the data are an EFI variable (GUID, name in UTF-16, as
 *			in UEFI_VARIABLE_DATA) of any value, and the digest is
 *			their hash
 *
 * and how many events must and may meet it.  Each event of the PCRs that are
 * looked at meets the first rule of its PCR that has room for it; one that
 * meets none, and a rule that was met too seldom, make the log a bad one.
 * Rules that are ordered are met in their order, among those of their PCR:
 * what is measured before a separator cannot be had behind it.
 *
 * Whoever may extend a PCR can extend it with the hash of any data.  So what
 * a rule with a prefix or a variable lets pass may have been measured by all
 * that has run until then, unless its order says otherwise.
 *
 * Knows attest/eventlog.h and wire.  Does not know who signed the rules.
 */

#include "attest/eventlog.h"

#define EVENT_RULES_MAX	256

enum event_match { MATCH_DIGESTS, MATCH_PREFIX, MATCH_VARIABLE };

struct event_rule {
	uint8_t			pcr;
	uint16_t		least, most;
	bool			ordered;
	enum event_match	match;
	struct span		of;	/* borrowed, or empty: digest */
	uint8_t			digest[HASH_LEN_MAX];	/* of its data */
};

struct event_rules {
	uint16_t		alg;
	size_t			count, len;	/* of each digest */
	struct event_rule	at[EVENT_RULES_MAX];
};

/* What a quote says that a log has to lead to: the values of the PCRs in
 * mask, ascending, one after another. */
struct event_goal {
	uint16_t	alg;
	uint32_t	mask;
	struct span	values;
};

/* How far a log got, and what it failed at. */
enum event_about {
	ABOUT_LOG, ABOUT_BYTE, ABOUT_PCR, ABOUT_EVENT, ABOUT_RULE, ABOUTS
};

struct event_finding {
	bool		 replays, fits;
	const char	*why;		/* NULL: nothing failed */
	enum event_about about;		/* the log; or what follows: */
	uint32_t	 pcr;		/* of an event or a rule, too */
	size_t		 event, rule;
	size_t		 at;		/* byte; of an event, too */
};

/* Rules for one bank.  MALFORMED for bytes that are no rules, one that says
 * nothing or two things, least above most, digests of another length;
 * NOT_FOUND for a bank that we cannot compute. */
enum err event_rules_read(struct span object, uint16_t alg,
    struct event_rules *out);

/* Does the log lead to the values, and does each event of these PCRs meet the
 * rules?  OK: both.  MALFORMED: no log, or a rule for another PCR.  AUTH: it
 * does not lead there.  DENIED: it does, against the rules. */
enum err eventlog_judge(struct span log, const struct event_goal *goal,
    const struct event_rules *rules, struct event_finding *f);

/* Only whether it leads there. */
enum err eventlog_leads(const struct eventlog *log,
    const struct event_goal *goal, struct event_finding *f);

#endif
