/** Each framework's version of the contract, served by the real server over real sockets. */
import { type Framework, keepsTheContract } from "./contract.ts";

const frameworks: readonly Framework[] = [
  { name: "Flask", packageName: "flask", file: "flask_app.py" },
  { name: "Django", packageName: "django", file: "django_app.py", lacks: ["ranges", "validators"] },
  { name: "Pyramid", packageName: "pyramid", file: "pyramid_app.py" },
  { name: "Bottle", packageName: "bottle", file: "bottle_app.py" },
  { name: "web.py", packageName: "web.py", file: "webpy_app.py", lacks: ["ranges", "validators"] },
  {
    name: "Falcon",
    packageName: "falcon",
    file: "falcon_app.py",
    filePath: "/static/download.bin",
  },
  { name: "CherryPy", packageName: "cherrypy", file: "cherrypy_app.py" },
];

for (const framework of frameworks) keepsTheContract(framework);
