"""The pages of the example and their views."""

from django import forms
from django.contrib import admin
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.html import escape
from django.views.decorators.http import require_GET, require_POST


class SignForm(forms.Form):
    name = forms.CharField(max_length=40)


@require_GET
def index(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return render(request, "index.html", {"form": SignForm()})


@require_POST
def sign(request):
    form = SignForm(request.POST)
    if not form.is_valid():
        return render(request, "index.html", {"form": form}, status=422)
    request.session["name"] = form.cleaned_data["name"]
    return redirect("index")


@require_GET
def hello(request, name):
    return HttpResponse(f"{escape(request.GET.get('greeting', 'Hello'))}, {escape(name)}!")


@require_GET
def stream(request):
    lines = (f"{number}\n" for number in range(1, 4))
    return StreamingHttpResponse(lines, content_type="text/plain")


urlpatterns = [
    path("", index, name="index"),
    path("sign", sign, name="sign"),
    path("hello/<name>", hello),
    path("stream", stream),
    path("admin/", admin.site.urls),
]
