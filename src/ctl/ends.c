/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/ctl.h"

enum ends
ends_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return ENDS_ok;
	case ERR_MALFORMED:
	case ERR_LIMIT:
		return ENDS_malformed;
	case ERR_DENIED:
	case ERR_AUTH:
		return ENDS_no;
	case ERR_NOT_FOUND:
	case ERR_HARDWARE:
	case ERR_BUSY:
		return ENDS_unreached;
	case ERR_STATE:
	case ERR_INTERNAL:
		break;
	}
	return ENDS_machine;
}
