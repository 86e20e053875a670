using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Decoding;
using Ptewright.Explaining;
using Ptewright.Translation;

namespace Ptewright.Tests.Explaining;

/// <summary>Reports whose cause is known, from files: <c>tests/data/oopses/oopses.txt</c> has what the first sentence of each must say.</summary>
public sealed partial class OopsVectorsTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "data", "oopses");

    public static TheoryData<string, string> Cases => [.. File.ReadLines(Path.Combine(_folder, "oopses.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('|', 2))
        .Select(fields => new TheoryDataRow<string, string>(fields[0].Trim(), fields[1].Trim()))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_first_sentence_names_the_cause(string name, string said)
    {
        Explanation explanation = FaultExplainer.Explain(OopsFile.Read(Path.Combine(_folder, name + ".txt"))[0]);

        Assert.Contains(said, ExplanationText.Summary(explanation)[0], StringComparison.Ordinal);
    }

    /// <summary>Of real kernels: made by <c>make.py</c>.</summary>
    public static TheoryData<string> Real => [.. Cases.Select(row => row.Data.Item1).Where(name => char.IsAsciiDigit(name[0]))];

    [Theory]
    [MemberData(nameof(Real))]
    public void A_real_report_is_answered_with_its_address(string name)
    {
        string text = File.ReadAllText(Path.Combine(_folder, name + ".txt"));
        Explanation explanation = FaultExplainer.Explain(OopsFile.Read(Path.Combine(_folder, name + ".txt"))[0]);
        ulong address = ulong.Parse(AddressLine().Match(text).Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        Assert.Contains(address, Numbers().Matches(ExplanationText.Summary(explanation)[0]).Select(number => ulong.Parse(number.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
    }

    /// <summary>Each "NAME = NUMBER" that a kernel itself makes of ESR is the field's value here, and its words for the fault are that fault.</summary>
    [Theory]
    [MemberData(nameof(Real))]
    public void ESR_is_decoded_as_the_kernel_decodes_it(string name)
    {
        string text = File.ReadAllText(Path.Combine(_folder, name + ".txt"));
        if (EsrLine().Match(text) is not { Success: true } line)
        {
            // A stack overflow has none of those lines.
            Assert.Contains("Insufficient stack space", text, StringComparison.Ordinal);
            return;
        }

        ulong esr = ulong.Parse(line.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        FieldLayout layout = RegisterLayouts.Of("esr_el1", has52: false, esr);
        string part = text[text.IndexOf("Mem abort info:", StringComparison.Ordinal)..text.IndexOf("pgtable:", StringComparison.Ordinal)];
        int compared = 0;
        foreach (Match pair in Pairs().Matches(part))
        {
            // The kernel's FSC is DFSC or IFSC; ISS and ISS2 are all of their bits.
            string field = pair.Groups[1].Value is "FSC" ? Has(layout, "DFSC") ? "DFSC" : "IFSC" : pair.Groups[1].Value;
            if (field is "ESR" or "ISS" or "ISS2" or "IL" || !Has(layout, field))
            {
                continue;
            }

            string value = pair.Groups[2].Value;
            ulong number = value.StartsWith("0x", StringComparison.Ordinal)
                ? ulong.Parse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : ulong.Parse(value, CultureInfo.InvariantCulture);
            Assert.Equal((field, number), (field, layout.Find(field).Extract(esr)));
            compared++;
        }

        // An instruction abort has four, a data abort six and more.
        Assert.True(compared >= 4, $"{compared} fields");
        if (FaultLine().Match(part) is { Success: true } fault)
        {
            Assert.Equal($"{fault.Groups[2].Value} fault level {fault.Groups[1].Value}", FaultText.Of(new ExceptionSyndrome(esr).Status));
        }
    }

    [Fact]
    public void Every_file_has_its_line_and_every_line_its_file() => Assert.Equal(
        Directory.EnumerateFiles(_folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => name != "oopses").Order(StringComparer.Ordinal),
        Cases.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_report_of_them_is_one(string name, string said)
    {
        _ = said;
        Assert.Equal(name == "real-lines" ? 5 : 1, OopsFile.Read(Path.Combine(_folder, name + ".txt")).Count);
    }

    private static bool Has(FieldLayout layout, string field) => layout.Fields.Any(known => known.Name == field);

    [GeneratedRegex("(?:at virtual address |^FAR: 0x)([0-9a-f]+)", RegexOptions.Multiline)]
    private static partial Regex AddressLine();

    [GeneratedRegex("^  ESR = 0x([0-9a-f]+)", RegexOptions.Multiline)]
    private static partial Regex EsrLine();

    [GeneratedRegex(@"\b([A-Za-z0-9]+) = (0x[0-9a-f]+|\d+)")]
    private static partial Regex Pairs();

    [GeneratedRegex(@"\b0x([0-9a-f]+)")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"FSC = 0x[0-9a-f]+: level (-?\d) (\S+) fault")]
    private static partial Regex FaultLine();
}
