/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/answers.h"

#include "tests/unit/unit.h"

void
ask(struct stage *s, struct mem_link *peer, enum msg_type type,
    unsigned number)
{
	mem_link_say(peer, stage_request(s, type, number));
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
