export const usage = `cricksy-ocr: reads scorecards with a Cricksy OCR server

  cricksy-ocr scan FILE...     upload, wait, print what was read
  cricksy-ocr status ID...     where uploads are
  cricksy-ocr cancel ID...     stop reading them
  cricksy-ocr retry ID...      read failed uploads once more
  cricksy-ocr setup WHAT...    prepare a server's own database and bucket; see setup --help

For all commands
  --url URL            the server (CRICKSY_URL; http://localhost:8080)
  --json               one JSON object a line on stdout
  --help

For scan
  --format FORMAT      text (default), json with boxes, tsv, hocr, alto, or pdf: searchable, needs --out
  --out DIR            one result file for each FILE instead of stdout
  --language CODE      installed Tesseract languages, like eng or eng+hin
  --model MODEL        auto (default), fast or accurate
  --layout LAYOUT      auto (default), table or line
  --priority PRIORITY  interactive (default) or bulk
  --game ID --user ID  stored with the upload
  --timeout SECONDS    wait no longer for all of it; the uploads go on

For retry
  --language, --model, --layout, --priority   as above, instead of what they were
  --time-limit SECONDS                        that the engine may take for each
  --pool NAME                                 whose workers are to read them

CRICKSY_API_TOKEN is sent as bearer token when it is set.
Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 no server, 4 timeout, 130 Ctrl-C,
141 nobody reads stdout any more.
`;
