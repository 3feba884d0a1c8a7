# Translations of what beschermctl says (ctl/text.h).  After a change of the texts:
# make update-po, then translate what is new in po/*.po.
languages = nl
EXTRA_DIST += po/nl.po
catalogues = po/nl/LC_MESSAGES/beschermd.mo
noinst_DATA += $(catalogues)
CLEANFILES += $(catalogues)
po/nl/LC_MESSAGES/beschermd.mo: po/nl.po
	$(AM_V_GEN)$(MKDIR_P) po/nl/LC_MESSAGES && \
	    $(MSGFMT) --check -o $@ '$(srcdir)/po/nl.po'

install-data-hook:
	for language in $(languages); do \
	    $(MKDIR_P) "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES" && \
	    $(INSTALL_DATA) po/$$language/LC_MESSAGES/beschermd.mo \
	        "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES/beschermd.mo" || exit 1; \
	done
uninstall-hook:
	for language in $(languages); do \
	    rm -f "$(DESTDIR)$(localedir)/$$language/LC_MESSAGES/beschermd.mo"; \
	done

# xgettext, msgmerge: the catalogues get what is new in ctl/, without a translation.
xgettext = xgettext --keyword=_ --keyword=N_ --from-code=UTF-8 --add-location=file \
	--package-name=beschermd --sort-by-file
update-po:
	cd '$(srcdir)' && $(xgettext) -o po/beschermd.pot ctl/*.c && \
	    for language in $(languages); do \
	        msgmerge --quiet --update --backup=none --no-fuzzy-matching \
	            --add-location=file --sort-by-file po/$$language.po po/beschermd.pot || exit 1; \
	    done; \
	    rm -f po/beschermd.pot
.PHONY: update-po
