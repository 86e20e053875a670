using System.Text;

namespace Ptewright.Cli.Output;

/// <summary>Writes text without what a terminal would obey, wherever it came from; line feeds stay.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="mayBeLost">Whether it is no error that it cannot be written: of messages there is nobody left to tell.</param>
internal sealed class CleanWriter(TextWriter inner, bool mayBeLost = false) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override string NewLine => "\n";

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (value is not null)
        {
            Put(ForeignText.Clean(value, mayHaveLines: true));
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        Write(value);
        Put("\n");
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    private void Put(string clean)
    {
        try
        {
            inner.Write(clean);
        }
        catch (Exception problem) when (mayBeLost && problem is (IOException or UnauthorizedAccessException))
        {
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
