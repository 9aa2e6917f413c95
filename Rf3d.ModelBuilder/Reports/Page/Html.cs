using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Rf3d.ModelBuilder;

/// <summary>
/// Elements of a page. They are XML until the end, so that nothing that a user named can be taken for markup, and the page is well-formed.
/// </summary>
internal static class Html
{
    public static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly HashSet<string> Void = ["br", "hr", "img", "meta", "col", "link"];

    public static XElement E(string name, params object?[] content) => new(Xhtml + name, content.Select(Clean));

    public static XElement S(string name, params object?[] content) => new(Svg + name, content.Select(Clean));

    public static XAttribute A(string name, string value) => new(name, Clean(value));

    public static XAttribute A(string name, double value) => new(name, value.ToString("0.###", CultureInfo.InvariantCulture));

    public static XAttribute Class(string value) => A("class", value);

    /// <summary>A paragraph.</summary>
    public static XElement P(params object?[] content) => E("p", content);

    /// <summary>A paragraph in smaller print: an explanation, or a source.</summary>
    public static XElement Note(params object?[] content) => E("p", [Class("note"), .. content]);

    /// <summary>Says what is not there, and why.</summary>
    public static XElement Missing(string text) => E("p", Class("missing"), text);

    /// <summary>The page as text that browsers and XML readers both understand.</summary>
    public static string Write(XElement html)
    {
        // Browsers take <p/> for an opening tag.
        foreach (var element in html.DescendantsAndSelf().Where(element => element.IsEmpty && element.Name.Namespace == Xhtml && !Void.Contains(element.Name.LocalName)))
            element.Value = "";
        var text = new StringBuilder("<!DOCTYPE html>\n");
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.None }))
            html.WriteTo(writer);
        return text.Append('\n').ToString();
    }

    private static bool IsShown(char character) => XmlConvert.IsXmlChar(character) && (char.IsWhiteSpace(character) || Printable.IsText([character]));

    private static object? Clean(object? content) => content is string text ? Clean(text) : content;

    /// <summary>Characters that XML does not have, that a terminal obeys, or that change the direction of text, as names of folders may have them, become the sign for that.</summary>
    private static string Clean(string text)
    {
        if (text.All(IsShown))
            return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                clean.Append(text, i++, 2);
            else
                clean.Append(IsShown(text[i]) ? text[i] : '\uFFFD');
        }
        return clean.ToString();
    }
}
