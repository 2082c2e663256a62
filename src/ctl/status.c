/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/own.h"
#include "ctl/ask.h"
#include "ctl/known.h"
#include "ctl/show.h"
#include "wire/map.h"

static enum ends
ends_of_health(enum wire_health state)
{
	return state == WIRE_health_ok ? ENDS_ok :
	    state == WIRE_health_degraded ? ENDS_degraded : ENDS_no;
}

/* In a state other than ok the detail has a reason: what it means. */
static void
put_why(struct sheet *s, struct span detail)
{
	struct map_entry e;
	enum reason why;

	if (map_find(detail, "reason", &e) != ERR_OK ||
	    e.value.kind != ITEM_TEXT ||
	    reason_find((struct span){ e.value.data, e.value.n }, &why) !=
	    ERR_OK)
		return;
	sheet_open(s, "why", SHEET_MAP);
	known_put_reason(s, why);
	sheet_close(s);
}

enum ends
status_run(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct call c OWNED(call_close) = { 0 };
	struct msg m = { 0 };
	enum ends e = ask_open(a, &c);

	if (e == ENDS_ok)
		e = ask(&c, a, MSG_status_req, MSG_status_resp, &m);
	if (e != ENDS_ok)
		return e;
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	show_message(s, &m);
	put_why(s, m.status_resp.detail);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return ends_of_health(m.status_resp.state);
}
