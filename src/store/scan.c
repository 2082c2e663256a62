/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "store/file.h"
#include "store/journal_int.h"

/* What has been read: the file grows by nothing but commits once the
 * snapshot has ended. */
struct scan {
	struct journal			*j;
	const struct journal_sink	*sink;
	struct journal_report		*report;
	struct secret			*plain;
	struct pen			 pen;
	uint64_t			 size;
	uint64_t			 epoch;
	uint64_t			 commits_at;
	enum frame_kind			 last;
	bool				 ends_inside;
};

static enum err
verdict(struct scan *s, enum journal_fate fate, enum err e, const char *what)
{
	s->report->fate = fate;
	return log_err(e, "journal: frame %llu at byte %llu: %s",
	    (unsigned long long)s->pen.chain.index,
	    (unsigned long long)s->pen.at, what);
}

static enum err
damaged(struct scan *s, const char *what)
{
	return verdict(s, JOURNAL_DAMAGED, ERR_AUTH, what);
}

static enum err
read_head(struct scan *s)
{
	uint8_t head[FILE_HEAD_LEN];

	if (s->size < FILE_HEAD_LEN)
		return damaged(s, "the file has no head");
	TRY(file_read(s->pen.fd, 0, head, sizeof(head)));
	if (memcmp(head, journal_magic, FILE_MAGIC_LEN) != 0)
		return verdict(s, JOURNAL_FORMAT, ERR_MALFORMED,
		    "not a format that this program knows");
	memcpy(s->pen.chain.id, head + FILE_MAGIC_LEN, SEAL_ID_LEN);
	s->pen.at = FILE_HEAD_LEN;
	return ERR_OK;
}

/* The next frame, opened; AUTH when it does not, and then ends_inside says
 * that it is not the last one by its own, authentic length. */
static enum err
read_frame(struct scan *s, struct span *frame)
{
	const uint64_t left = s->size - s->pen.at;
	uint8_t *buf = s->j->frame;
	size_t len;

	s->ends_inside = false;
	if (left < SEAL_HEAD_LEN)
		return ERR_AUTH;
	TRY(file_read(s->pen.fd, s->pen.at, buf, SEAL_HEAD_LEN));
	TRY(seal_length(s->j->keys, buf, &len));
	if (len + SEAL_OVER > left)
		return ERR_AUTH;
	s->ends_inside = len + SEAL_OVER < left;
	TRY(file_read(s->pen.fd, s->pen.at + SEAL_HEAD_LEN,
	    buf + SEAL_HEAD_LEN, len + SEAL_OVER - SEAL_HEAD_LEN));
	*frame = (struct span){ buf, len + SEAL_OVER };
	return seal_open(s->j->keys, &s->pen.chain, *frame,
	    secret_expose(s->plain));
}

/* The snapshot is there; commits may follow. */
static bool
is_whole(enum frame_kind last)
{
	return last == FRAME_END || last == FRAME_COMMIT ||
	    last == FRAME_ACCEPT;
}

/* What does not open is a torn commit if nothing came after it: no more
 * bytes than one frame has, and no frame's head among them. */
static enum err
leave_tail(struct scan *s)
{
	const uint64_t left = s->size - s->pen.at;
	uint8_t *buf = s->j->frame;
	size_t len;

	if (!is_whole(s->last))
		return damaged(s, "the snapshot is damaged");
	if (s->ends_inside || left > FRAME_MAX)
		return damaged(s, "damaged, and not the last one");
	TRY(file_read(s->pen.fd, s->pen.at, buf, (size_t)left));
	for (size_t k = 1; k + SEAL_HEAD_LEN <= left; k++) {
		const enum err e = seal_length(s->j->keys, buf + k, &len);

		if (e == ERR_OK)
			return damaged(s, "a damaged length, and more behind");
		if (e != ERR_AUTH)
			return e;
	}
	s->report->fate = JOURNAL_CUT;
	s->report->cut = left;
	log_line("journal: frame %llu is torn: %llu bytes are cut off",
	    (unsigned long long)s->pen.chain.index, (unsigned long long)left);
	return ERR_OK;
}

static enum err
take_about(struct scan *s, struct span payload)
{
	if (!span_equal(payload, SPAN(s->j->appliance)))
		return verdict(s, JOURNAL_FOREIGN, ERR_DENIED,
		    "the journal of another appliance");
	return ERR_OK;
}

static enum err
take_payload(struct scan *s, struct span payload)
{
	const enum err e = s->sink->take(s->sink->self, payload);

	if (e == ERR_OK)
		return ERR_OK;
	return verdict(s, JOURNAL_REFUSED, e, "what it says is refused");
}

static bool
may_follow(enum frame_kind kind, enum frame_kind last)
{
	switch (kind) {
	case FRAME_ABOUT:
		return last == 0;
	case FRAME_SNAPSHOT:
	case FRAME_END:
		return last == FRAME_ABOUT || last == FRAME_SNAPSHOT;
	case FRAME_COMMIT:
	case FRAME_ACCEPT:
		return is_whole(last);
	}
	return false;
}

static bool
may_have(enum frame_kind kind, uint64_t epoch, uint64_t last)
{
	return kind == FRAME_ABOUT || kind == FRAME_ACCEPT ||
	    (epoch >= last && epoch - last <= 1);
}

/* These bytes are authentic: what is wrong here was written by us. */
static enum err
take_frame(struct scan *s, size_t len)
{
	const uint8_t *plain = secret_expose(s->plain);
	const enum frame_kind kind = plain[8];
	const struct span payload = {
		plain + JOURNAL_PLAIN_HEAD, len - JOURNAL_PLAIN_HEAD,
	};
	uint64_t epoch = 0;

	for (int i = 0; i < 8; i++)
		epoch = epoch << 8 | plain[i];
	if (len < JOURNAL_PLAIN_HEAD || !may_follow(kind, s->last))
		return damaged(s, "a kind of frame that has no place here");
	if (!may_have(kind, epoch, s->epoch))
		return damaged(s, "an epoch that does not follow");
	s->epoch = epoch;
	s->last = kind;
	if (kind == FRAME_ABOUT)
		return take_about(s, payload);
	return kind == FRAME_END ? ERR_OK : take_payload(s, payload);
}

static enum err
step(struct scan *s)
{
	struct span frame;
	const enum err e = read_frame(s, &frame);

	if (e == ERR_AUTH)
		return leave_tail(s);
	TRY(e);
	TRY(take_frame(s, frame.len - SEAL_OVER));
	explicit_bzero(secret_expose(s->plain), frame.len - SEAL_OVER);
	s->pen.at += frame.len;
	seal_advance(&s->pen.chain, frame);
	if (s->last == FRAME_END)
		s->commits_at = s->pen.at;
	s->report->frames++;
	return ERR_OK;
}

static enum err
scan_all(struct scan *s)
{
	TRY(file_size(s->pen.fd, &s->size));
	if (s->size > JOURNAL_FILE_MAX)
		return damaged(s, "the file is longer than any of ours");
	TRY(read_head(s));
	while (s->pen.at < s->size && s->report->cut == 0)
		TRY(step(s));
	if (!is_whole(s->last))
		return damaged(s, "the snapshot has no end");
	if (s->report->cut == 0)
		s->report->fate = JOURNAL_CLEAN;
	return ERR_OK;
}

enum err
journal_scan(struct journal *j, const struct journal_sink *sink,
    struct journal_report *report)
{
	struct secret *plain OWNED(secret_drop) = NULL;
	struct scan s = { .j = j, .sink = sink, .report = report };

	*report = (struct journal_report){ .fate = JOURNAL_UNREAD };
	TRY(secret_new(SEAL_PLAIN_MAX, &plain));
	s.plain = plain;
	s.pen.fd = j->pen.fd;
	TRY(scan_all(&s));
	j->pen = s.pen;
	j->epoch = s.epoch;
	j->commits_at = s.commits_at;
	j->torn = report->cut > 0;
	return ERR_OK;
}
