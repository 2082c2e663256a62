/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/eventlog.h"

#define HCRTM_EVENT	0x80000010U
#define SHA1_LEN	20

/* How both begin, with their NUL (PFP 10.4.5.1, 10.4.5.3). */
#define TEXT(literal) \
	((struct span){ (const uint8_t *)(literal), sizeof(literal) })
#define SPEC_ID		TEXT("Spec ID Event03")
#define LOCALITY	TEXT("StartupLocality")

/* Bytes being read; at never passes the end. */
struct scan {
	struct span		 in;
	size_t			 at;
	struct eventlog_flaw	*flaw;
};

static enum err
flawed(const struct scan *s, const char *why)
{
	*s->flaw = (struct eventlog_flaw){ s->at, why };
	return ERR_MALFORMED;
}

static enum err
take(struct scan *s, size_t n, struct span *out)
{
	if (n > s->in.len - s->at)
		return flawed(s, "the log ends within an event");
	*out = (struct span){ s->in.at + s->at, n };
	s->at += n;
	return ERR_OK;
}

/* Little-endian, as all of a log. */
static enum err
take_number(struct scan *s, size_t size, uint32_t *out)
{
	struct span bytes;
	uint32_t n = 0;

	TRY(take(s, size, &bytes));
	for (size_t i = size; i-- > 0;)
		n = n << 8 | bytes.at[i];
	*out = n;
	return ERR_OK;
}

static enum err
take_data(struct scan *s, struct event *e)
{
	uint32_t size;

	TRY(take_number(s, 4, &size));
	if (size > s->in.len - s->at)
		return flawed(s, "an event's data go past the log's end");
	return take(s, size, &e->data);
}

/* pcr u32 | type u32 | SHA-1 digest | size u32 | data */
static enum err
take_sha1_event(struct scan *s, struct event *e)
{
	TRY(take_number(s, 4, &e->pcr));
	TRY(take_number(s, 4, &e->type));
	TRY(take(s, SHA1_LEN, &e->digest[0]));
	return take_data(s, e);
}

size_t
eventlog_bank(const struct eventlog *log, uint16_t alg)
{
	size_t i = 0;

	while (i < log->banks && log->bank[i].alg != alg)
		i++;
	return i;
}

/* alg u16 | digest */
static enum err
take_digest(struct scan *s, const struct eventlog *log, struct event *e)
{
	uint32_t alg;
	size_t i;

	TRY(take_number(s, 2, &alg));
	i = eventlog_bank(log, (uint16_t)alg);
	if (i == log->banks)
		return flawed(s, "an algorithm that the header has not");
	if (e->digest[i].len > 0)
		return flawed(s, "two digests of one algorithm");
	return take(s, log->bank[i].len, &e->digest[i]);
}

/* pcr u32 | type u32 | count u32 | count digests | size u32 | data */
static enum err
take_agile_event(struct scan *s, const struct eventlog *log, struct event *e)
{
	uint32_t count;

	TRY(take_number(s, 4, &e->pcr));
	TRY(take_number(s, 4, &e->type));
	TRY(take_number(s, 4, &count));
	if (count > log->banks)
		return flawed(s, "more digests than the header has "
		    "algorithms");
	for (uint32_t i = 0; i < count; i++)
		TRY(take_digest(s, log, e));
	return take_data(s, e);
}

/* The event behind the one in *e; NOT_FOUND if there is none. */
static enum err
step(const struct eventlog *log, struct event *e, struct eventlog_flaw *flaw)
{
	struct scan s = { log->in, e->next, flaw };
	struct event now = {
		.index = e->next == 0 ? 0 : e->index + 1, .at = e->next,
	};

	if (s.at == s.in.len)
		return ERR_NOT_FOUND;
	if (log->agile && s.at > 0)
		TRY(take_agile_event(&s, log, &now));
	else
		TRY(take_sha1_event(&s, &now));
	if (log->agile && now.at == 0)
		now.digest[0] = (struct span){ };	/* of no bank */
	if (now.pcr >= BANK_PCRS && event_extends(&now)) {
		s.at = now.at;
		return flawed(&s, "there is no such PCR");
	}
	now.next = s.at;
	*e = now;
	return ERR_OK;
}

bool
eventlog_next(const struct eventlog *log, struct event *e)
{
	struct eventlog_flaw flaw;

	/* eventlog_open() has seen it: no other error is left. */
	return step(log, e, &flaw) == ERR_OK;
}

bool
event_extends(const struct event *e)
{
	return e->type != EVENT_NO_ACTION;
}

static bool
begins(struct span data, struct span with)
{
	return data.len >= with.len &&
	    memcmp(data.at, with.at, with.len) == 0;
}

/* alg u16 | size u16 */
static enum err
take_bank(struct scan *s, struct eventlog *log)
{
	uint32_t alg, len;

	TRY(take_number(s, 2, &alg));
	TRY(take_number(s, 2, &len));
	if (eventlog_bank(log, (uint16_t)alg) < log->banks)
		return flawed(s, "the header has an algorithm twice");
	if (bank_len((uint16_t)alg) != 0 ? len != bank_len((uint16_t)alg) :
	    len == 0 || len > HASH_LEN_MAX)
		return flawed(s, "the header has a digest of a wrong size");
	log->bank[log->banks++] = (struct eventlog_bank){
		(uint16_t)alg, (uint16_t)len };
	return ERR_OK;
}

/* signature[16] | class u32 | minor, major, errata, uintn u8 | count u32 |
 * count banks | vendor size u8 | vendor; within the first event's data */
static enum err
take_spec_id(struct scan *s, struct eventlog *log)
{
	uint32_t version, count, vendor;
	struct span skipped;

	TRY(take(s, 16 + 4, &skipped));
	TRY(take_number(s, 2, &version));
	if (version != 0x0200)
		return flawed(s, "the header's version is not 2.0");
	TRY(take(s, 2, &skipped));
	TRY(take_number(s, 4, &count));
	if (count == 0 || count > EVENTLOG_BANKS)
		return flawed(s, "the header has no algorithms, or too many");
	log->banks = 0;
	for (uint32_t i = 0; i < count; i++)
		TRY(take_bank(s, log));
	TRY(take_number(s, 1, &vendor));
	TRY(take(s, vendor, &skipped));
	return s->at == s->in.len ? ERR_OK :
	    flawed(s, "the header goes on behind its end");
}

/* What the first event says of all others. */
static enum err
read_header(struct eventlog *log, struct eventlog_flaw *flaw)
{
	struct event e = { .next = 0 };
	struct scan s = { log->in, 0, flaw };

	TRY(step(log, &e, flaw));
	if (event_extends(&e) || !begins(e.data, SPEC_ID))
		return ERR_OK;
	s.in.len = e.next;
	s.at = e.next - e.data.len;
	log->agile = true;
	return take_spec_id(&s, log);
}

/* What is known of how PCR 0 began. */
struct start {
	bool	said;		/* a StartupLocality was seen */
	bool	begun;		/* something was measured */
};

/* PFP 10.4.5.3: 0 and 3 by TPM2_Startup, 4 if an H-CRTM was before it. */
static enum err
take_locality(const struct scan *s, const struct event *e,
    struct eventlog *log, struct start *start)
{
	const uint8_t locality = e->data.at[e->data.len - 1];

	if (e->data.len != LOCALITY.len + 1 || e->pcr != 0)
		return flawed(s, "a StartupLocality that is none");
	if (start->said || start->begun)
		return flawed(s, "a StartupLocality where PCR 0 has begun");
	if (locality != 0 && locality != 3 && locality != 4)
		return flawed(s, "a startup at an impossible locality");
	start->said = true;
	log->locality = locality;
	return ERR_OK;
}

/* Types may be believed here: a wrong start leads to another PCR 0. */
static enum err
note_start(const struct scan *s, const struct event *e, struct eventlog *log,
    struct start *start)
{
	if (!event_extends(e))
		return begins(e->data, LOCALITY) ?
		    take_locality(s, e, log, start) : ERR_OK;
	if (e->pcr != 0)
		return ERR_OK;
	if (e->type == HCRTM_EVENT && !start->begun && !start->said)
		log->locality = 4;
	if (e->type == HCRTM_EVENT && log->locality != 4)
		return flawed(s, "an H-CRTM event where PCR 0 has begun");
	start->begun = true;
	return ERR_OK;
}

enum err
eventlog_open(struct span in, struct eventlog *out,
    struct eventlog_flaw *flaw)
{
	struct eventlog log = { .in = in, .banks = 1,
	    .bank = { { BANK_SHA1, SHA1_LEN } } };
	struct scan s = { in, 0, flaw };
	struct event e = { .next = 0 };
	struct start start = { false, false };
	enum err last;

	if (in.len == 0 || in.len > EVENTLOG_MAX)
		return flawed(&s, in.len == 0 ? "there is nothing in it" :
		    "longer than a log may be");
	TRY(read_header(&log, flaw));
	while ((last = step(&log, &e, flaw)) == ERR_OK) {
		s.at = e.at;
		TRY(note_start(&s, &e, &log, &start));
		log.events++;
	}
	if (last != ERR_NOT_FOUND)
		return last;
	*out = log;
	return ERR_OK;
}
