/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hands.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cryptod/zygote.h"
#include "wire/wire.h"

int
hands_begin(void **state)
{
	struct hands *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return -1;
	h->setup = appraiser_usual;
	h->setup.child_ms = h->setup.answer_ms = 60000;
	*state = h;
	return 0;
}

int
hands_end(void **state)
{
	struct hands *h = *state;

	hands_lie = LIE_NOT;
	appraiser_drop(&h->a);
	free(h);
	return 0;
}

void
hands_start(struct hands *h)
{
	assert_err(appraiser_start(&h->setup, &h->a), ERR_OK);
}

static struct span
write_rule(const char *data, uint8_t *out, size_t cap)
{
	uint8_t item[256];
	size_t len = 0;
	struct msg m = { .type = MSG_event_rule };
	struct msg all = { .type = MSG_event_rules };

	m.event_rule.pcr = 8;
	m.event_rule.least = m.event_rule.most = 1;
	m.event_rule.has_data = true;
	m.event_rule.data = span_text(data);
	assert_err(WIRE_SET_TEXT(m.event_rule.words, span_text("a rule")),
	    ERR_OK);
	assert_err(wire_encode_object(&m, item, sizeof(item), &len), ERR_OK);
	all.event_rules.rules.count = 1;
	all.event_rules.rules.items = (struct span){ item, len };
	assert_err(wire_encode_object(&all, out, cap, &len), ERR_OK);
	return (struct span){ out, len };
}

void
hands_make(struct hands *h, const char *measured, const char *rule)
{
	static const uint16_t banks[] = { BANK_SHA256 };
	struct eventlog_flaw flaw;
	struct eventlog log;
	struct eventlog_pcrs p;

	events_begin(&h->log, banks, 1);
	h->at = h->log.len;
	events_add(&h->log, 8, EV_IPL, span_text(measured));
	assert_err(eventlog_open(events_span(&h->log), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, BANK_SHA256, &p), ERR_OK);
	memcpy(h->value, p.value[8], sizeof(h->value));
	h->job = (struct appraiser_log){
		.log = events_span(&h->log),
		.rules = write_rule(rule, h->rules, sizeof(h->rules)),
		.goal = { BANK_SHA256, 1 << 8, SPAN(h->value) },
	};
}

uint64_t
hands_act(struct hands *h, const char *act)
{
	uint64_t ticket = 0;
	char log[64];

	snprintf(log, sizeof(log), "act:%s", act);
	hands_make(h, "grub", "grub");
	h->job.log = span_text(log);
	assert_err(appraiser_ask_log(h->a, &h->job, &ticket), ERR_OK);
	return ticket;
}

void
hands_wait(struct hands *h, uint64_t ticket, struct appraiser_answer *a)
{
	struct pollfd p = { .events = POLLIN };
	int left_ms;
	enum err e;

	while ((e = appraiser_take(h->a, ticket, a)) == ERR_BUSY) {
		assert_true(appraiser_waits(h->a, &p.fd, &left_ms));
		assert_true(poll(&p, 1, left_ms) >= 0);
		assert_err(appraiser_go_on(h->a), ERR_OK);
	}
	assert_err(e, ERR_OK);
	assert_err(appraiser_take(h->a, ticket, a), ERR_NOT_FOUND);
}

void
hands_ask(struct hands *h, struct appraiser_answer *a)
{
	uint64_t ticket = 0;

	assert_err(appraiser_ask_log(h->a, &h->job, &ticket), ERR_OK);
	hands_wait(h, ticket, a);
}

void
hands_lost(const struct appraiser_answer *a, enum reason why)
{
	assert_int_equal(a->reason, why);
	assert_int_equal(a->log.replay, APPRAISE_NOT_DONE);
	assert_int_equal(a->log.rules, APPRAISE_NOT_DONE);
}

void
hands_work(struct hands *h)
{
	struct appraiser_answer a;

	hands_make(h, "grub", "grub");
	hands_ask(h, &a);
	assert_int_equal(a.reason, REASON_none);
	assert_int_equal(a.log.replay, APPRAISE_PASSED);
	assert_int_equal(a.log.rules, APPRAISE_PASSED);
	assert_int_equal(appraiser_trouble(h->a), REASON_none);
}

void
hands_gone(struct hands *h)
{
	uint64_t ticket;
	int fd, left_ms;

	hands_make(h, "grub", "grub");
	assert_int_equal(appraiser_trouble(h->a), REASON_attest_zygote);
	assert_err(appraiser_ask_log(h->a, &h->job, &ticket), ERR_STATE);
	assert_false(appraiser_waits(h->a, &fd, &left_ms));
	assert_err(appraiser_go_on(h->a), ERR_OK);
}

/* Trouble of either kind: it owes, or it is gone. */
void
hands_settle(struct hands *h)
{
	struct pollfd p = { .events = POLLIN };
	const bool lies = hands_lie != LIE_NOT;
	int left_ms;

	while ((appraiser_trouble(h->a) != REASON_none) != lies) {
		assert_true(appraiser_waits(h->a, &p.fd, &left_ms));
		assert_true(poll(&p, 1, left_ms) >= 0);
		assert_err(appraiser_go_on(h->a), ERR_OK);
	}
}

int
hands_zygote(struct hands *h, pid_t *pid)
{
	struct job *jobs = mmap(NULL, APPRAISER_JOBS * sizeof(*jobs),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const pid_t parent = getpid();
	uint32_t greeting = ERR_INTERNAL;
	int pair[2];

	assert_true(jobs != MAP_FAILED);
	jobs[0].len[PART_LOG] = 8;
	memcpy(jobs[0].bytes, "act:wait", 8);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
	*pid = fork();
	if (*pid == 0)
		zygote_live(&h->setup, pair[1], parent, jobs);
	close(pair[1]);
	munmap(jobs, APPRAISER_JOBS * sizeof(*jobs));
	assert_int_equal(recv(pair[0], &greeting, sizeof(greeting), 0),
	    sizeof(greeting));
	assert_int_equal(greeting, ERR_OK);
	return pair[0];
}

bool
hands_zombie(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return true;
	(void)!fscanf(f, "%*d (%*[^)]) %c", &state);
	fclose(f);
	return state == 'Z';
}

pid_t
hands_child(pid_t of)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)of,
	    (int)of);
	while (pid == 0) {
		f = fopen(path, "re");
		assert_non_null(f);
		while (fscanf(f, "%d", &pid) == 1)
			;
		if (pid == 0)
			sched_yield();
		fclose(f);
	}
	return pid;
}
