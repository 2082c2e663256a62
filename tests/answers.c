/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/answers.h"

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include "link/unix.h"

void
ask(struct stage *s, struct mem_link *peer, enum msg_type type,
    unsigned number)
{
	mem_link_say(peer, stage_request(s, type, number));
}

int
connect_peer(struct stage *s)
{
	struct link link;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_err(unix_link(pair[0], &link), ERR_OK);
	assert_err(service_admit(s->loop, FRONT, &link), ERR_OK);
	return pair[1];
}

void
expect(struct mem_link *peer, size_t *at, enum msg_type type, int number)
{
	struct msg m;

	stage_answer(peer, at, &m);
	assert_string_equal(wire_name(m.type), wire_name(type));
	assert_int_equal(stage_number(&m), number);
}

void
expect_error(struct mem_link *peer, size_t *at, enum reason why, int number)
{
	struct msg m;

	stage_answer(peer, at, &m);
	assert_string_equal(wire_name(m.type), "error");
	assert_string_equal(m.error.reason.at, reason_code(why));
	assert_int_equal(m.error.code, reason_error(why));
	assert_int_equal(stage_number(&m), number);
}
