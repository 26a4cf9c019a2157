-- Accepted rows as spells; ids of `dienst` are in the order of leika_key, ars. Nothing else reads it, so it is written beside the rest.
INSERT INTO onlinedienst
SELECT d.leika_key, d.ars, d.ars_heute, d.url, d.online_status, d.aktiv, d.art_flaechendeckung, d.begruendung,
    d.leika_name, d.zaehlt, d.ok, d.grund, t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM arbeit.dienst AS d JOIN arbeit.dienst_lauf AS l USING (id) JOIN arbeit.laufzeit AS t USING (a, b)
ORDER BY d.id, t.bekannt_von, t.gueltig_von;
