/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/stage.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link/frame.h"
#include "tests/fill.h"

#define ID "11111111-2222-4333-8444-0000%08u"
#define ID_NUMBER 28		/* where its last eight digits are */

struct moment *stage_clock;

static void
note(struct stage *s, char what)
{
	if (s->traced + 1 < sizeof(s->trace))
		s->trace[s->traced++] = what;
	s->trace[s->traced] = '\0';
}

static enum err
serve_status(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	const struct wire_uuid *id =
	    wire_request_id((struct msg *)(uintptr_t)in);
	struct stage *s = self;

	(void)peer;
	assert(body.len > 0);
	note(s, 'h');
	s->handled++;
	if (s->on_serve != ERR_OK)
		return s->on_serve;
	if (s->unready && in->type == MSG_totp_validate_req)
		return ERR_OK;
	out->type = MSG_status_resp;
	out->status_resp.state = WIRE_health_ok;
	out->status_resp.detail = span_text("\xa0");
	out->status_resp.request_id = *id;
	return ERR_OK;
}

static enum err
serve_token(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	struct stage *s = self;

	(void)body;
	note(s, 'h');
	s->handled++;
	out->type = MSG_token_issue_resp;
	out->token_issue_resp.result = WIRE_token_denied;
	out->token_issue_resp.has_reason = true;
	TRY(WIRE_SET_TEXT(out->token_issue_resp.reason,
	    span_text(peer->vm_id)));
	out->token_issue_resp.request.len = 32;
	out->token_issue_resp.request_id = in->token_issue_req.request_id;
	return ERR_OK;
}

static enum err
commit(void *self)
{
	struct stage *s = self;

	note(s, 'c');
	s->commits++;
	return s->on_commit;
}

/* The answer's "signature" begins with the request's last byte. */
static enum err
finish(void *self, const struct peer *peer, struct span body, struct msg *out)
{
	struct stage *s = self;
	struct wire_sig *signature = wire_signature(out);

	(void)peer;
	note(s, 'f');
	if (signature != NULL) {
		signature->len = 64;
		signature->at[0] = body.at[body.len - 1];
	}
	return s->on_finish;
}

static bool
needs(void *self, struct span body)
{
	const struct stage *s = self;

	return s->holds && memmem(body.at, body.len, "requested_scope",
	    15) != NULL;
}

static bool
defers(void *self, enum msg_type type)
{
	return ((struct stage *)self)->defers &&
	    type == MSG_totp_validate_req;
}

static bool
again(void *self)
{
	return ((struct stage *)self)->again;
}

static enum verdict
verdict(void *self)
{
	return ((struct stage *)self)->verdict;
}

static void
refused(void *self, const struct peer *peer, enum reason why)
{
	struct stage *s = self;

	note(s, 'r');
	s->refused = why;
	snprintf(s->refused_peer, sizeof(s->refused_peer), "%s", peer->vm_id);
}

static enum err
tick(void *self)
{
	struct stage *s = self;

	note(s, 't');
	return s->on_tick;
}

static const struct handler handlers[] = {
	{ MSG_status_req,	1 | 2,	serve_status },
	{ MSG_token_issue_req,	1,	serve_token },
	{ MSG_totp_validate_req, 1,	serve_status },
	{ MSG_subscribe_req,	2,	serve_status },
};

static void
share_clock(void)
{
	char number[16];
	int fd;

	if (stage_clock != NULL)
		return;
	fd = memfd_create("clock", 0);
	assert(fd >= 0 && ftruncate(fd, sizeof(*stage_clock)) == 0);
	stage_clock = mmap(NULL, sizeof(*stage_clock), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	assert(stage_clock != MAP_FAILED);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("ANCHORHOLD_TEST_CLOCK", number, 1);
	assert(clock_start() == ERR_OK);
	unsetenv("ANCHORHOLD_TEST_CLOCK");
	close(fd);
}

int
stage_open(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert(s != NULL);
	share_clock();
	*stage_clock = (struct moment){ 1, 1000 };
	s->state = 1;
	s->ticks[0] = (struct tick){ STAGE_TICK_MS, tick };
	s->doors[FRONT] = (struct door){ .vm_id = "front", .fd = -1 };
	s->doors[BACK] = (struct door){ .vm_id = "back", .fd = -1 };
	s->service = (struct service){
		.handlers = handlers,
		.nhandlers = sizeof(handlers) / sizeof(handlers[0]),
		.doors = s->doors,
		.ndoors = 2,
		.ticks = s->ticks,
		.nticks = 1,
		.state = &s->state,
		.limits = service_limits,
		.self = s,
		.commit = commit,
		.finish = finish,
		.refused = refused,
		.hold = { needs, defers, verdict, REASON_state_commit,
			again },
	};
	*state = s;
	return service_new(&s->service, &s->loop) == ERR_OK ? 0 : -1;
}

int
stage_close(void **state)
{
	struct stage *s = *state;

	service_drop(&s->loop);
	for (size_t i = 0; i < s->nlinks; i++)
		free(s->links[i]);
	free(s);
	return 0;
}

void
stage_restart(struct stage *s)
{
	service_drop(&s->loop);
	assert(service_new(&s->service, &s->loop) == ERR_OK);
}

void
stage_wait(uint64_t ms)
{
	stage_clock->boot_ms += ms;
}

struct mem_link *
stage_peer(struct stage *s, enum stage_door door)
{
	struct mem_link *m = malloc(sizeof(*m));
	struct link link;

	assert(m != NULL && s->nlinks < STAGE_PEERS);
	s->links[s->nlinks++] = m;
	mem_link_open(m, &link);
	return service_admit(s->loop, door, &link) == ERR_OK ? m : NULL;
}

struct span
stage_frame(struct stage *s, const struct msg *m)
{
	size_t len = 0;

	assert(wire_encode(m, s->bytes + FRAME_HEAD, WIRE_MAX, &len) ==
	    ERR_OK);
	frame_head(len, s->bytes);
	return (struct span){ s->bytes, FRAME_HEAD + len };
}

struct span
stage_request(struct stage *s, enum msg_type type, unsigned number)
{
	struct wire_uuid *id;
	struct msg m;

	fill(&m, type, SMALLEST);
	id = wire_request_id(&m);
	if (id != NULL)
		id->len = (size_t)snprintf(id->at, sizeof(id->at), ID,
		    number % 100000000);
	return stage_frame(s, &m);
}

enum err
stage_turn(struct stage *s)
{
	return service_turn(s->loop, 0);
}

void
stage_answer(struct mem_link *peer, size_t *at, struct msg *m)
{
	struct span envelope;
	size_t whole;

	*m = (struct msg){ 0 };
	if (frame_parse((struct span){ peer->out + *at, peer->out_len - *at },
	    FRAME_MAX, &envelope, &whole) != ERR_OK)
		return;
	*at += whole;
	assert(wire_decode(envelope, m) == ERR_OK);
}

int
stage_number(struct msg *m)
{
	struct wire_uuid *id = wire_request_id(m);

	return id == NULL || id->len == 0 ? -1 :
	    (int)strtol(id->at + ID_NUMBER, NULL, 10);
}
