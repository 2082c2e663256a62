/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/store.h"

#include <stdlib.h>

#include "base/log.h"

#define SNAPSHOT_AFTER (UINT64_C(4) << 20)
#define SNAPSHOT_AT_ONCE (UINT64_C(16) << 20)
#define SNAPSHOT_AGAIN (UINT64_C(1) << 20)
#define CHUNK 65536
#define DEPTH 4

struct store {
	struct journal	*j;
	struct state	*state;
	size_t		 used;		/* of the page: this turn's frame */
	uint64_t	 failed_at;	/* bytes of commits, at a snapshot */
	bool		 dead;
	enum { STAY, STEP, ACCEPT } next;
	uint64_t	 accepted;	/* the counter */
	void		(*entry)(void *self, uint64_t sequence,
			    struct span body);
	void		*entry_self;
};

/* A payload is a CBOR sequence: a record's name, its map, and so on. */
static enum err
next_record(struct reader *r, struct msg *m)
{
	struct span name, map;
	enum msg_type type;

	TRY(item_text(r, 1, 64, &name));
	TRY(item_skip(r, DEPTH, &map));
	if (wire_find(name, &type) != ERR_OK)
		return ERR_MALFORMED;
	return wire_decode_object(type, map, m);
}

static enum err
put_record(uint8_t *to, size_t cap, const struct msg *m, size_t *len)
{
	struct writer w = writer_of(to, cap);
	size_t n;

	TRY(item_put_text(&w, span_text(wire_name(m->type))));
	TRY(wire_encode_object(m, w.at, (size_t)(w.end - w.at), &n));
	*len = (size_t)(w.at - to) + n;
	return ERR_OK;
}

static enum err
apply_payload(void *self, struct span payload)
{
	struct state *state = self;
	struct reader r = reader_of(payload);

	while (item_done(&r) != ERR_OK) {
		struct msg m;
		enum err e;

		TRY(next_record(&r, &m));
		e = state_apply(state, &m);
		if (e != ERR_OK)
			log_line("journal: a %s: %s", wire_name(m.type),
			    err_text(e));
		wire_wipe(&m);
		TRY(e);
	}
	return ERR_OK;
}

void
store_drop(struct store **s)
{
	if (*s == NULL)
		return;
	journal_drop(&(*s)->j);
	free(*s);
	*s = NULL;
}

static enum err
store_new(struct state *state, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_LIMIT;
	s->state = state;
	*out = s;
	return ERR_OK;
}

enum err
store_open(const struct journal_setup *setup, struct state *state,
    struct store **out, struct journal_report *report)
{
	struct store *s OWNED(store_drop) = NULL;
	const struct journal_sink sink = { apply_payload, state };

	*report = (struct journal_report){ .fate = JOURNAL_UNREAD };
	TRY(store_new(state, &s));
	TRY(journal_open(setup, &sink, &s->j, report));
	*out = GIVE(s, NULL);
	return ERR_OK;
}

/* A snapshot on its way: records fill the page up to a chunk. */
struct snapshot {
	const struct state	*state;
	struct journal		*j;
	size_t			 used;
};

static enum err
flush(struct snapshot *n)
{
	if (n->used == 0)
		return ERR_OK;
	TRY(journal_put(n->j, n->used));
	n->used = 0;
	return ERR_OK;
}

static enum err
add_record(void *self, const struct msg *m)
{
	struct snapshot *n = self;
	size_t len;

	if (n->used > CHUNK)
		TRY(flush(n));
	TRY(put_record(journal_page(n->j) + n->used,
	    JOURNAL_PAYLOAD_MAX - n->used, m, &len));
	n->used += len;
	return ERR_OK;
}

static enum err
give_state(void *self, struct journal *j)
{
	struct snapshot n = { .state = self, .j = j };

	TRY(state_dump(n.state, add_record, &n));
	return flush(&n);
}

enum err
store_create(const struct journal_setup *setup, struct state *state,
    struct store **out)
{
	struct store *s OWNED(store_drop) = NULL;
	const struct journal_source source = { give_state, state };

	TRY(store_new(state, &s));
	TRY(journal_create(setup, &source, &s->j));
	*out = GIVE(s, NULL);
	return ERR_OK;
}

enum err
store_put(struct store *s, const struct msg *record)
{
	size_t len;

	if (s->dead)
		return ERR_INTERNAL;
	TRY(put_record(journal_page(s->j) + s->used, store_room(s), record,
	    &len));
	TRY(state_apply(s->state, record));
	s->used += len;
	return ERR_OK;
}

size_t
store_mark(const struct store *s)
{
	return s->used;
}

size_t
store_room(const struct store *s)
{
	return JOURNAL_PAYLOAD_MAX - s->used;
}

static void
wipe_from(struct store *s, size_t mark)
{
	explicit_bzero(journal_page(s->j) + mark, s->used - mark);
	s->used = mark;
}

static enum err
make_anew(struct store *s)
{
	const struct journal_sink sink = { apply_payload, s->state };

	state_clear(s->state);
	TRY(journal_replay(s->j, &sink));
	return apply_payload(s->state,
	    (struct span){ journal_page(s->j), s->used });
}

enum err
store_undo(struct store *s, size_t mark)
{
	if (s->dead || mark > s->used)
		return ERR_INTERNAL;
	if (mark == s->used)
		return ERR_OK;
	wipe_from(s, mark);
	if (mark == 0)
		s->next = STAY;
	if (make_anew(s) == ERR_OK)
		return ERR_OK;
	s->dead = true;
	return log_err(ERR_INTERNAL,
	    "journal: the state could not be made anew from it");
}

/* The next entry on the page.  These bytes are our own and were taken when
 * they were put: nothing else is decoded once more, and what is no entry any
 * more is their end. */
static enum err
next_entry(struct reader *r, struct msg *m)
{
	struct span name, map;

	do {
		TRY(item_text(r, 1, 64, &name));
		TRY(item_skip(r, DEPTH, &map));
	} while (!span_equal(name, span_text(wire_name(MSG_entry))));
	return wire_decode_object(MSG_entry, map, m);
}

/* The last of them is the state's last. */
static void
tell_entries(struct store *s)
{
	const struct span page = { journal_page(s->j), s->used };
	uint64_t sequence = s->state->sequence + 1;
	struct reader r = reader_of(page);
	struct msg m;

	if (s->entry == NULL)
		return;
	while (next_entry(&r, &m) == ERR_OK)
		sequence--;
	r = reader_of(page);
	while (next_entry(&r, &m) == ERR_OK)
		s->entry(s->entry_self, sequence++, m.entry.body);
}

uint64_t
store_epoch(const struct store *s)
{
	return journal_epoch(s->j);
}

void
store_step(struct store *s)
{
	s->next = STEP;
}

void
store_accept(struct store *s, uint64_t counter)
{
	s->next = ACCEPT;
	s->accepted = counter;
}

static enum err
append(struct store *s)
{
	if (s->next == ACCEPT)
		return journal_accept(s->j, s->accepted + 1, s->used);
	return journal_append(s->j, store_epoch(s) + (s->next == STEP),
	    s->used);
}

enum err
store_commit(struct store *s)
{
	enum err e;

	if (store_is_dead(s))
		return ERR_INTERNAL;
	if (s->used == 0)
		return ERR_OK;
	e = append(s);
	if (e == ERR_OK) {
		s->next = STAY;
		tell_entries(s);
		wipe_from(s, 0);
		return ERR_OK;
	}
	if (e != ERR_INTERNAL)
		TRY(store_undo(s, 0));
	return e;
}

bool
store_is_dead(const struct store *s)
{
	return s->dead || journal_is_dead(s->j);
}

void
store_on_entry(struct store *s, void (*entry)(void *self,
    uint64_t sequence, struct span body), void *self)
{
	s->entry = entry;
	s->entry_self = self;
}

/* Reading entries out of the journal. */
struct entries {
	uint64_t	 from;
	enum err	(*entry)(void *self, uint64_t sequence,
			    struct span body);
	void		*self;
	enum err	 failed;
};

static enum err
take_entry(const struct entries *n, struct span body)
{
	struct msg m;

	TRY(wire_decode_object(MSG_audit_log, body, &m));
	if (m.audit_log.sequence < n->from)
		return ERR_OK;
	return n->entry(n->self, m.audit_log.sequence, body);
}

/* The journal goes on being read after an error: it is not the journal's. */
static enum err
take_entries(void *self, struct span payload)
{
	struct entries *n = self;
	struct reader r = reader_of(payload);

	while (n->failed == ERR_OK && item_done(&r) != ERR_OK) {
		struct msg m;

		TRY(next_record(&r, &m));
		if (m.type == MSG_entry)
			n->failed = take_entry(n, m.entry.body);
		if (m.type == MSG_audit_head &&
		    m.audit_head.sequence >= n->from)
			n->failed = ERR_NOT_FOUND;
		wire_wipe(&m);
	}
	return ERR_OK;
}

enum err
store_entries(struct store *s, uint64_t from,
    enum err (*entry)(void *self, uint64_t sequence, struct span body),
    void *self)
{
	struct entries n = { from, entry, self, ERR_OK };
	const struct journal_sink sink = { take_entries, &n };

	if (store_is_dead(s))
		return ERR_INTERNAL;
	TRY(journal_replay(s->j, &sink));
	return n.failed;
}

/* Under another key, unless that is empty. */
static enum err
snapshot_under(struct store *s, struct span key, uint64_t synced)
{
	const struct journal_source source = { give_state, s->state };
	uint64_t commits, snapshot;
	enum err e;

	if (s->used != 0 || synced != s->state->sequence)
		return ERR_STATE;
	if (store_is_dead(s))
		return ERR_INTERNAL;
	e = key.len != 0 ? journal_rekey(s->j, key, &source) :
	    journal_rewrite(s->j, &source);
	journal_sizes(s->j, &commits, &snapshot);
	s->failed_at = e == ERR_OK ? 0 : commits;
	return e;
}

enum err
store_snapshot(struct store *s, uint64_t synced)
{
	return snapshot_under(s, (struct span){ 0 }, synced);
}

enum err
store_rekey(struct store *s, struct span key, uint64_t synced)
{
	return snapshot_under(s, key, synced);
}

bool
store_wants_snapshot(const struct store *s)
{
	uint64_t commits, snapshot;

	journal_sizes(s->j, &commits, &snapshot);
	return commits > SNAPSHOT_AFTER && commits > 2 * snapshot;
}

bool
store_needs_snapshot(const struct store *s)
{
	uint64_t commits, snapshot;

	journal_sizes(s->j, &commits, &snapshot);
	return commits > SNAPSHOT_AT_ONCE && commits > snapshot &&
	    (s->failed_at == 0 || commits > s->failed_at + SNAPSHOT_AGAIN);
}
