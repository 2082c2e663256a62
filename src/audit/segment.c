/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/segment.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/entry.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "store/file.h"

#define NAME_LEN 24
#define DIGITS 20
#define DEPTH 4

struct segments {
	int		dir;
	int		fd;		/* the last one, or -1 */
	uint64_t	size;		/* of its whole entries */
	uint64_t	last;		/* sequence; 0: no entry at all */
	uint8_t		head[SHA256_LEN];
	bool		torn;		/* there is more behind size */
	bool		fresh;		/* its name may not be durable yet */
};

static void
name_segment(uint64_t first, char name[static NAME_LEN + 1])
{
	snprintf(name, NAME_LEN + 1, "%0*" PRIu64 ".seg", DIGITS, first);
}

/* 0 for what is no segment's name. */
static uint64_t
first_of(const char *name)
{
	uint64_t first = 0;

	if (strlen(name) != NAME_LEN || strcmp(name + DIGITS, ".seg") != 0)
		return 0;
	for (size_t i = 0; i < DIGITS; i++) {
		const uint64_t digit = (uint64_t)(name[i] - '0');

		if (digit > 9 || first > (UINT64_MAX - digit) / 10)
			return 0;
		first = first * 10 + digit;
	}
	return first;
}

static void
close_names(DIR **names)
{
	if (*names != NULL)
		closedir(*names);
}

/* Call see for each segment's first sequence. */
static enum err
each_segment(int dir, void (*see)(uint64_t first, uint64_t *found),
    uint64_t *found)
{
	int fd OWNED(fd_drop) = openat(dir, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	DIR *names OWNED(close_names) = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (names == NULL)
		return log_errno("audit");
	(void)GIVE(fd, -1);
	while ((e = readdir(names)) != NULL)
		if (first_of(e->d_name) != 0)
			see(first_of(e->d_name), found);
	return ERR_OK;
}

/* found[0]: from, found[1]: the least from there on. */
static void
see_next(uint64_t first, uint64_t *found)
{
	if (first >= found[0] && (found[1] == 0 || first < found[1]))
		found[1] = first;
}

/* found[0]: the greatest below found[1]. */
static void
see_last(uint64_t first, uint64_t *found)
{
	if (first < found[1] && first > found[0])
		found[0] = first;
}

enum err
segment_next(int dir, uint64_t from, uint64_t *first)
{
	uint64_t found[2] = { from, 0 };

	TRY(each_segment(dir, see_next, found));
	*first = found[1];
	return found[1] == 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err
segment_begin(int dir, uint64_t first, struct segment_reader *r)
{
	char name[NAME_LEN + 1];
	int fd OWNED(fd_drop) = -1;

	name_segment(first, name);
	TRY(file_view(dir, name, &fd));
	TRY(file_size(fd, &r->size));
	r->at = 0;
	r->have = r->used = 0;
	r->fd = GIVE(fd, -1);
	return ERR_OK;
}

void
segment_end(struct segment_reader *r)
{
	fd_drop(&r->fd);
}

/* Have a whole entry in the buffer, or the end of the file. */
static enum err
refill(struct segment_reader *r)
{
	const size_t kept = r->have - r->used;
	const uint64_t left = r->size - (r->at + kept);
	size_t n = sizeof(r->buf) - kept;

	if (kept >= AUDIT_BODY_MAX || left == 0)
		return ERR_OK;
	n = left < n ? (size_t)left : n;
	memmove(r->buf, r->buf + r->used, kept);
	TRY(file_read(r->fd, r->at + kept, r->buf + kept, n));
	r->used = 0;
	r->have = kept + n;
	return ERR_OK;
}

enum err
segment_read(struct segment_reader *r, struct span *body)
{
	struct reader items;

	if (r->at == r->size)
		return ERR_NOT_FOUND;
	TRY(refill(r));
	items = reader_of((struct span){ r->buf + r->used,
	    r->have - r->used });
	TRY(item_skip(&items, DEPTH, body));
	if (body->len > AUDIT_BODY_MAX)
		return ERR_MALFORMED;
	r->at += body->len;
	r->used += body->len;
	return ERR_OK;
}

void
segments_drop(struct segments **g)
{
	if (*g == NULL)
		return;
	fd_drop(&(*g)->fd);
	free(*g);
	*g = NULL;
}

/* What the first of a segment chains with is in another, or nothing. */
static bool
comes_next(const struct segments *g, uint64_t first, struct span body)
{
	struct msg m;

	if (wire_decode_object(MSG_audit_log, body, &m) != ERR_OK ||
	    m.audit_log.sequence != g->last + 1)
		return false;
	return (g->last + 1 == first && first > 1) ||
	    span_equal(WIRE_SPAN(m.audit_log.previous), SPAN(g->head));
}

/* The entries of a segment, as far as they are whole and in order, and none
 * behind this one. */
static enum err
read_entries(struct segments *g, uint64_t first, uint64_t most)
{
	struct segment_reader r OWNED(segment_end) = { .fd = -1 };
	struct span body;
	enum err e = ERR_OK;

	TRY(segment_begin(g->dir, first, &r));
	g->last = first - 1;
	g->size = 0;
	while (g->last < most && (e = segment_read(&r, &body)) == ERR_OK &&
	    comes_next(g, first, body)) {
		TRY(sha256(&body, 1, g->head));
		g->last++;
		g->size += body.len;
	}
	g->torn = g->size < r.size;
	return e == ERR_NOT_FOUND || e == ERR_MALFORMED ? ERR_OK : e;
}

/* A new segment has no entry yet: the head is in the one before, which was
 * synced when this was begun. */
static enum err
read_before(struct segments *g, uint64_t first)
{
	uint64_t before[2] = { 0, first };

	TRY(each_segment(g->dir, see_last, before));
	if (before[0] != 0)
		TRY(read_entries(g, before[0], first - 1));
	if (g->last != first - 1)
		return log_err(ERR_AUTH, "audit: entry %" PRIu64
		    " is in no segment", first - 1);
	g->size = 0;
	return ERR_OK;
}

/* Read the last segment that begins at most there, up to there; *first is 0
 * if there is none. */
static enum err
read_last(struct segments *g, uint64_t most, uint64_t *first)
{
	uint64_t last[2] = { 0, most < UINT64_MAX ? most + 1 : most };
	bool torn;

	TRY(each_segment(g->dir, see_last, last));
	*first = last[0];
	if (last[0] == 0)
		return ERR_OK;
	TRY(read_entries(g, last[0], most));
	torn = g->torn;
	if (g->size == 0 && last[0] > 1)
		TRY(read_before(g, last[0]));
	g->torn = torn;
	return ERR_OK;
}

static enum err
open_last(struct segments *g)
{
	char name[NAME_LEN + 1];
	uint64_t first;

	TRY(read_last(g, UINT64_MAX, &first));
	if (first == 0)
		return ERR_OK;
	/* The process that made it may have been killed before it synced. */
	g->fresh = true;
	name_segment(first, name);
	return file_open(g->dir, name, 0, &g->fd);
}

enum err
segments_open(int dir, struct segments **out)
{
	struct segments *g OWNED(segments_drop) = calloc(1, sizeof(*g));

	if (g == NULL)
		return ERR_LIMIT;
	g->dir = dir;
	g->fd = -1;
	TRY(open_last(g));
	*out = GIVE(g, NULL);
	return ERR_OK;
}

/* The one before has to be durable before there is a next one: a start looks
 * at the last alone. */
static enum err
begin_segment(struct segments *g, uint64_t first)
{
	char name[NAME_LEN + 1];
	uint64_t synced;
	int fd OWNED(fd_drop) = -1;

	if (g->fd >= 0)
		TRY(segments_sync(g, &synced));
	name_segment(first, name);
	TRY(file_open(g->dir, name, O_CREAT | O_EXCL, &fd));
	fd_drop(&g->fd);
	g->fd = GIVE(fd, -1);
	g->size = 0;
	g->torn = false;
	g->fresh = true;
	return ERR_OK;
}

/* AUTH unless it comes next and names the last by its digest. */
static enum err
check_next(const struct segments *g, uint64_t sequence, struct span body)
{
	struct msg m;

	TRY(wire_decode_object(MSG_audit_log, body, &m));
	if (sequence != g->last + 1 || m.audit_log.sequence != sequence)
		return ERR_AUTH;
	if (!span_equal(WIRE_SPAN(m.audit_log.previous), SPAN(g->head)))
		return log_err(ERR_AUTH, "audit: entry %" PRIu64 " does not "
		    "chain with the segment before it", sequence);
	return ERR_OK;
}

static enum err
append(struct segments *g, uint64_t sequence, struct span body)
{
	enum err e;

	TRY(check_next(g, sequence, body));
	if (g->fd < 0 || g->size + body.len > SEGMENT_MAX)
		TRY(begin_segment(g, sequence));
	if (g->torn)
		TRY(file_cut(g->fd, g->size));
	g->torn = false;
	e = file_write(g->fd, g->size, body);
	if (e != ERR_OK) {
		/* What half of it went is cut off now, or the next time. */
		g->torn = file_cut(g->fd, g->size) != ERR_OK;
		return e;
	}
	TRY(sha256(&body, 1, g->head));
	g->size += body.len;
	g->last = sequence;
	return ERR_OK;
}

static enum err
append_old(void *self, uint64_t sequence, struct span body)
{
	return append(self, sequence, body);
}

static enum err
check_head(const struct segments *g, const struct state *state)
{
	if (g->last == state->sequence &&
	    span_equal(SPAN(g->head), SPAN(state->head)))
		return ERR_OK;
	return log_err(ERR_AUTH, "audit: entry %" PRIu64 " is not the one of "
	    "the state", g->last);
}

/* An entry gets here once the journal has it for good: of this log or of
 * another, they say what the journal no longer knows. */
static enum err
judge_ahead(const struct segments *g, const struct state *state)
{
	struct segments as_far = { .dir = g->dir, .fd = -1 };
	uint64_t first;

	TRY(read_last(&as_far, state->sequence, &first));
	TRY(check_head(&as_far, state));
	return log_err(ERR_STATE, "audit: the segments go on to entry %" PRIu64
	    ", the journal ends with %" PRIu64 ": it has lost what was "
	    "answered", g->last, state->sequence);
}

static enum err
put_back(struct segments *g, struct store *store, uint64_t sequence)
{
	const enum err e = store_entries(store, g->last + 1, append_old, g);

	if (e == ERR_NOT_FOUND)
		return log_err(ERR_AUTH, "audit: entry %" PRIu64 " is in no "
		    "segment, nor in the journal", g->last + 1);
	TRY(e);
	log_line("audit: entries up to %" PRIu64 " were put back out of the "
	    "journal", sequence);
	return ERR_OK;
}

enum err
segments_follow(struct segments *g, struct store *store,
    const struct state *state)
{
	if (g->last > state->sequence)
		return judge_ahead(g, state);
	if (g->last < state->sequence)
		TRY(put_back(g, store, state->sequence));
	return check_head(g, state);
}

void
segments_take(void *segments, uint64_t sequence, struct span body)
{
	struct segments *g = segments;

	/* Behind: one before could not be written, and was logged. */
	if (sequence != g->last + 1)
		return;
	if (append(g, sequence, body) != ERR_OK)
		log_line("audit: entry %" PRIu64 " is in the journal, but "
		    "not yet in its segment", sequence);
}

enum err
segments_sync(struct segments *g, uint64_t *synced)
{
	if (g->fd >= 0)
		TRY(file_sync(g->fd));
	if (g->fresh)
		TRY(file_sync_dir(g->dir));
	g->fresh = false;
	*synced = g->last;
	return ERR_OK;
}

uint64_t
segments_last(const struct segments *g)
{
	return g->last;
}
