INSERT INTO interwiki (iw_prefix, iw_url, iw_api, iw_wikiid, iw_local, iw_trans)
  VALUES ('lexicon', 'http://lexicon.example/$1', '', '', 0, 0);
