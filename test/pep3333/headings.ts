/** The headings of PEP 3333, under which the rules are listed. */
export const OVERVIEW = "Specification Overview";
export const DETAILS = "Specification Details";
export const ENVIRON = "environ Variables";
export const STREAMS = "Input and Error Streams";
export const START_RESPONSE = "The start_response() Callable";
export const CONTENT_LENGTH = "Handling the Content-Length Header";
export const STREAMING = "Buffering and Streaming";
export const WRITE = "The write() Callable";
export const UNICODE = "Unicode Issues";
export const ERRORS = "Error Handling";
export const CONTINUE = "HTTP 1.1 Expect/Continue";
export const OTHER_HTTP = "Other HTTP Features";
export const THREADS = "Thread Support";
export const EXTENSIONS = "Server Extension APIs";
export const CONFIGURATION = "Application Configuration";
export const URLS = "URL Reconstruction";
export const FILES = "Optional Platform-Specific File Handling";
