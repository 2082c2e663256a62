/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/words.h"

#define SET(name, doc)                                                  \
	const char *                                                    \
	word_##name(enum wire_##name w)                                 \
	{                                                               \
		static const char *const words[] = { "",
#define VALUE(set, name) #name,
#define END_SET(name)                                                   \
		};                                                      \
		return (size_t)w < sizeof(words) / sizeof(words[0]) ?   \
		    words[w] : "";                                      \
	}
#include "wire/messages.def"
