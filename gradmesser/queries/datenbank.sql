-- What is the published database made of, what is the newest published stand, and by when was everything in it known?
-- returns: herkunft, regelversion, eingang_sha256, gebietsstand, stand, bekannt, katalog, katalog_status
SELECT d.herkunft::TEXT AS herkunft, d.regelversion, d.eingang_sha256, d.gebietsstand,
    (SELECT max(stand) FROM snapshot WHERE source_id = 'open_pvog' AND status = 'veroeffentlicht') AS stand,
    (SELECT max(bekannt_von) FROM snapshot WHERE source_id IN ('open_pvog', 'meldung', 'leistungskatalog', 'themen')
        AND status = 'veroeffentlicht') AS bekannt,
    k.titel || ', Jahrgang ' || k.jahrgang AS katalog, k.status AS katalog_status
FROM stand_der_datenbank AS d
JOIN katalog_version AS k ON k.katalog_version = (FROM katalog_am(DATE '9999-12-30', DATE '9999-12-30'))
