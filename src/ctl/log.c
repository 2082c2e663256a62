/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/log.h"

#include <fcntl.h>
#include <inttypes.h>

#include "audit/segment.h"
#include "base/log.h"
#include "base/own.h"

struct walk {
	const char	*path;
	uint64_t	 from;
	uint64_t	 last;		/* entry that was read */
	enum err	(*told)(void *self, const struct msg *entry,
			    struct span body);
	void		*self;
};

enum err
log_open(const char *path, int *dir)
{
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir == -1 ? log_errno("%s", path) : ERR_OK;
}

static enum err
bad(const struct walk *w, uint64_t segment)
{
	return log_err(ERR_MALFORMED, "%s/%020" PRIu64 ".seg: what comes "
	    "after entry %" PRIu64 " is no entry", w->path, segment,
	    w->last);
}

static enum err
walk_segment(struct walk *w, int dir, uint64_t first)
{
	struct segment_reader r OWNED(segment_end) = { .fd = -1 };
	struct span body;
	struct msg m;
	enum err e;

	TRY(segment_begin(dir, first, &r));
	while ((e = segment_read(&r, &body)) == ERR_OK) {
		if (wire_decode_object(MSG_audit_log, body, &m) != ERR_OK)
			return bad(w, first);
		w->last = m.audit_log.sequence;
		if (w->last >= w->from)
			TRY(w->told(w->self, &m, body));
	}
	if (e == ERR_MALFORMED)
		return bad(w, first);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
log_walk(const char *path, int dir, uint64_t from,
    enum err (*told)(void *self, const struct msg *entry, struct span body),
    void *self)
{
	struct walk w = { path, from, 0, told, self };
	uint64_t at = 1, first;
	enum err e;

	while ((e = segment_next(dir, at, &first)) == ERR_OK) {
		TRY(walk_segment(&w, dir, first));
		at = first + 1;
	}
	if (e == ERR_NOT_FOUND && at == 1)
		return log_err(ERR_NOT_FOUND, "%s: no segments there", path);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
